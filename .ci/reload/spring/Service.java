package reload;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.context.annotation.Bean;

/** Answers with the password that its settings have: what a service would open its connections with. */
@SpringBootApplication
public class Service {
    public static void main(String[] arguments) {
        SpringApplication.run(Service.class, arguments);
    }

    @Bean
    @RefreshScope
    Password password(@Value("${app.password}") String text) {
        return new Password(text);
    }

    /** Not a record: a scoped bean is a proxy of its class. */
    static class Password {
        private final String text;

        Password() {
            this("");
        }

        Password(String text) {
            this.text = text;
        }

        String text() {
            return text;
        }
    }

    @RestController
    static class Answers {
        private final Password password;

        Answers(Password password) {
            this.password = password;
        }

        @GetMapping("/password")
        String password() {
            return password.text();
        }
    }
}
