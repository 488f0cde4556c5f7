import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.PackageVersion;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Path;
import org.yaml.snakeyaml.LoaderOptions;

/** Jackson, for JSON or YAML, to the tagged tree of the YAML and JSON readers. */
public final class JacksonReader {
    public static void main(String[] arguments) {
        String kind = System.getProperty("kind");
        ObjectMapper mapper = kind.equals("yaml") ? new ObjectMapper(yaml()) : new ObjectMapper();
        mapper.enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY);
        mapper.enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
        mapper.getFactory().setStreamReadConstraints(
                StreamReadConstraints.builder().maxNameLength(1_000_000).maxNestingDepth(2000).build());
        Lines.run(arguments, "Jackson " + PackageVersion.VERSION + " for " + kind, path -> read(mapper, path));
    }

    private static YAMLFactory yaml() {
        // Guards of the reader, which its user can lift.
        LoaderOptions options = new LoaderOptions();
        options.setNestingDepthLimit(1000);
        options.setCodePointLimit(100_000_000);
        return YAMLFactory.builder().loaderOptions(options).build();
    }

    private static String read(ObjectMapper mapper, Path path) throws IOException {
        StringBuilder text = new StringBuilder();
        Lines.tag(text, mapper.readValue(path.toFile(), Object.class));
        return text.toString();
    }
}
