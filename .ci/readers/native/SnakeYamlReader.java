import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.representer.Representer;

/** SnakeYAML, to the tagged tree of the YAML and JSON readers. */
public final class SnakeYamlReader {
    public static void main(String[] arguments) {
        Lines.run(arguments, "SnakeYAML (libyaml-snake-java)", SnakeYamlReader::read);
    }

    private static String read(Path path) throws IOException {
        LoaderOptions options = new LoaderOptions();
        // The default is 50: a guard of the reader, which its user can lift, not a matter of the file's form.
        options.setNestingDepthLimit(1000);
        options.setCodePointLimit(100_000_000);
        options.setAllowDuplicateKeys(false);
        DumperOptions dumper = new DumperOptions();
        Yaml yaml = new Yaml(new SafeConstructor(options), new Representer(dumper), dumper, options);
        Object tree = yaml.load(Files.newBufferedReader(path));
        StringBuilder text = new StringBuilder();
        tag(text, tree);
        return text.toString();
    }

    private static void tag(StringBuilder text, Object node) throws IOException {
        if (node == null) {
            text.append("[\"z\"]");
        } else if (node instanceof String string) {
            text.append("[\"s\",");
            Lines.quote(text, string);
            text.append("]");
        } else if (node instanceof Boolean bool) {
            text.append("[\"b\",").append(bool).append("]");
        } else if (node instanceof Integer || node instanceof Long || node instanceof BigInteger || node instanceof Double) {
            text.append("[\"n\",\"").append(node).append("\"]");
        } else if (node instanceof List<?> list) {
            text.append("[\"l\",[");
            String comma = "";
            for (Object item : list) {
                text.append(comma);
                tag(text, item);
                comma = ",";
            }
            text.append("]]");
        } else if (node instanceof Map<?, ?> map) {
            text.append("[\"m\",[");
            String comma = "";
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                text.append(comma).append("[");
                tag(text, entry.getKey());
                text.append(",");
                tag(text, entry.getValue());
                text.append("]");
                comma = ",";
            }
            text.append("]]");
        } else {
            throw new IOException("a " + node.getClass().getSimpleName() + " that no JSON text holds");
        }
    }
}
