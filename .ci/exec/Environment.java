import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** Prints each variable of the environment, name and value in base64, one a line. */
final class Environment {
    public static void main(String[] arguments) {
        Base64.Encoder encoder = Base64.getEncoder();
        System.getenv().forEach((name, value) ->
            System.out.println(encoder.encodeToString(name.getBytes(StandardCharsets.UTF_8))
                + " " + encoder.encodeToString(value.getBytes(StandardCharsets.UTF_8))));
    }
}
