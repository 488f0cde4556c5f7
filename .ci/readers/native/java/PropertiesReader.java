import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;

/** java.util.Properties, through load(InputStream) and through load(Reader) in four charsets: all five must agree. */
public final class PropertiesReader {
    private static final String[] CHARSETS = {"UTF-8", "ISO-8859-1", "windows-1252", "US-ASCII"};

    public static void main(String[] arguments) {
        Lines.run(arguments, "java.util.Properties " + System.getProperty("java.version"), PropertiesReader::read);
    }

    private static Map<String, String> read(Path path) throws IOException {
        byte[] bytes = Files.readAllBytes(path);
        Properties stream = new Properties();
        stream.load(new ByteArrayInputStream(bytes));
        for (String charset : CHARSETS) {
            Properties reader = new Properties();
            reader.load(new InputStreamReader(new ByteArrayInputStream(bytes), Charset.forName(charset)));
            if (!reader.equals(stream)) {
                throw new IOException("load(Reader) in " + charset + " reads otherwise than load(InputStream)");
            }
        }
        Map<String, String> entries = new TreeMap<>();
        for (String name : stream.stringPropertyNames()) {
            entries.put(name, stream.getProperty(name));
        }
        return entries;
    }
}
