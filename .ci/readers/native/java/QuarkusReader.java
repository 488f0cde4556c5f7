import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a Quarkus service gets from `application.properties`: SmallRye Config's own source for such a file, and its
 * interceptors, which know profiles and replace `${…}`; asked for as a text, as `@ConfigProperty String` does. Whatever
 * profile a name may speak of is active.
 */
public final class QuarkusReader {
    public static void main(String[] arguments) {
        Lines.run(arguments, "SmallRye Config " + System.getProperty("version"), QuarkusReader::read);
    }

    private static final Pattern PROFILE = Pattern.compile("%([^.]*)\\..*", Pattern.DOTALL);

    private static Map<String, String> read(Path path) throws IOException {
        PropertiesConfigSource source = new PropertiesConfigSource(path.toUri().toURL(), 250);
        List<String> profiles = source.getPropertyNames().stream()
                .map(PROFILE::matcher).filter(Matcher::matches).map(found -> found.group(1)).toList();
        SmallRyeConfig config = new SmallRyeConfigBuilder()
                .addDefaultInterceptors()
                .withProfiles(profiles)
                .withSources(source)
                .build();
        Map<String, String> found = new TreeMap<>();
        for (String name : config.getPropertyNames()) {
            // Those that it has by itself.
            if (name.startsWith("smallrye.config.") && !source.getPropertyNames().contains(name)) {
                continue;
            }
            found.put(name, config.getValue(name, String.class));
        }
        return found;
    }
}
