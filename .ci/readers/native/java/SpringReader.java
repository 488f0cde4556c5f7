import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.beans.factory.config.BeanExpressionContext;
import org.springframework.beans.factory.support.DefaultListableBeanFactory;
import org.springframework.boot.SpringBootVersion;
import org.springframework.boot.env.PropertiesPropertySourceLoader;
import org.springframework.boot.env.PropertySourceLoader;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.context.expression.StandardBeanExpressionResolver;
import org.springframework.core.SpringVersion;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.PropertySourcesPropertyResolver;
import org.springframework.core.io.FileSystemResource;

/**
 * What a Spring Boot service gets from `application.properties` or `application.yaml`: Boot's own loader, then the
 * Environment, which replaces `${…}`, and then what `@Value` does with the text that it is given: it evaluates `#{…}`.
 */
public final class SpringReader {
    private static final StandardBeanExpressionResolver EXPRESSIONS = new StandardBeanExpressionResolver();

    public static void main(String[] arguments) {
        PropertySourceLoader loader =
                System.getProperty("kind").equals("yaml") ? new YamlPropertySourceLoader() : new PropertiesPropertySourceLoader();
        String version = "Spring Boot " + SpringBootVersion.getVersion() + ", Spring " + SpringVersion.getVersion();
        Lines.run(arguments, version, path -> read(loader, path));
    }

    private static Map<String, String> read(PropertySourceLoader loader, Path path) throws IOException {
        List<PropertySource<?>> loaded = loader.load("file", new FileSystemResource(path));
        MutablePropertySources sources = new MutablePropertySources();
        loaded.forEach(sources::addLast);
        PropertySourcesPropertyResolver environment = new PropertySourcesPropertyResolver(sources);
        DefaultListableBeanFactory beans = new DefaultListableBeanFactory();
        beans.addEmbeddedValueResolver(environment::resolveRequiredPlaceholders);
        Map<String, String> found = new TreeMap<>();
        for (PropertySource<?> source : loaded) {
            for (String name : ((EnumerablePropertySource<?>) source).getPropertyNames()) {
                String value = environment.getRequiredProperty(name);
                Object injected = EXPRESSIONS.evaluate(value, new BeanExpressionContext(beans, null));
                if (!value.equals(injected)) {
                    throw new IllegalStateException(name + " is " + injected + " to @Value");
                }
                // In a placeholder a name ends at a colon or brace.
                if (name.matches("[A-Za-z0-9_.\\[\\]-]+") && !value.equals(beans.resolveEmbeddedValue("${" + name + "}"))) {
                    throw new IllegalStateException(name + " is another text to @Value");
                }
                found.put(name, value);
            }
        }
        return found;
    }
}
