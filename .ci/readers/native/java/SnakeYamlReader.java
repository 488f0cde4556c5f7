import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.representer.Representer;

/** SnakeYAML, to the tagged tree of the YAML and JSON readers. */
public final class SnakeYamlReader {
    public static void main(String[] arguments) {
        URL jar = Yaml.class.getProtectionDomain().getCodeSource().getLocation();
        Lines.run(arguments, "SnakeYAML from " + Path.of(jar.getPath()).getFileName(), SnakeYamlReader::read);
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
        Lines.tag(text, tree);
        return text.toString();
    }
}
