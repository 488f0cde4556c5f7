import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.beans.factory.config.BeanExpressionContext;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.boot.env.ConfigTreePropertySource;
import org.springframework.context.expression.StandardBeanExpressionResolver;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySourcesPropertyResolver;

/** What a Spring Boot service gets from `spring.config.import=configtree:DIR/`, as text and by `@Value`. */
public final class ConfigTreeReader {
    private static final StandardBeanExpressionResolver EXPRESSIONS = new StandardBeanExpressionResolver();

    public static void main(String[] arguments) {
        Lines.run(arguments, "configtree of Spring Boot " + SpringBootVersion.getVersion(), ConfigTreeReader::read);
    }

    private static Map<String, String> read(Path directory) throws IOException {
        ConfigTreePropertySource source = new ConfigTreePropertySource(
                "tree", directory, ConfigTreePropertySource.Option.AUTO_TRIM_TRAILING_NEW_LINE);
        MutablePropertySources sources = new MutablePropertySources();
        sources.addLast(source);
        PropertySourcesPropertyResolver environment = new PropertySourcesPropertyResolver(sources);
        environment.setConversionService(new ApplicationConversionService());
        DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
        Map<String, String> found = new TreeMap<>();
        for (String name : source.getPropertyNames()) {
            // A value is bytes until it is converted, and has placeholders to those who take it as a text.
            String value = environment.resolveRequiredPlaceholders(environment.getRequiredProperty(name));
            if (!value.equals(EXPRESSIONS.evaluate(value, new BeanExpressionContext(beans, null)))) {
                throw new IllegalStateException(name + " is evaluated by @Value");
            }
            found.put(name, value);
        }
        return found;
    }
}
