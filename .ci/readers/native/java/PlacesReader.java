import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** `PlacesReader xml|properties|url FILE`: what stands in the places of a template, as one JSON array. */
final class PlacesReader {
    public static void main(String[] arguments) throws Exception {
        byte[] bytes = Files.readAllBytes(Path.of(arguments[1]));
        List<Object> found =
            switch (arguments[0]) {
                case "xml" -> xml(bytes);
                case "properties" -> properties(bytes);
                default -> urls(new String(bytes, StandardCharsets.UTF_8));
            };
        StringBuilder text = new StringBuilder();
        write(text, found);
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
        out.println(text);
        out.flush();
    }

    private static List<Object> xml(byte[] bytes) throws Exception {
        DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
        builder.setErrorHandler(null);
        NodeList elements = builder.parse(new ByteArrayInputStream(bytes)).getElementsByTagName("v");
        List<Object> found = new ArrayList<>();
        for (int i = 0; i < elements.getLength(); i++) {
            Element element = (Element) elements.item(i);
            found.add(List.of(element.getAttribute("a"), element.getAttribute("b"), element.getTextContent()));
        }
        return found;
    }

    private static List<Object> properties(byte[] bytes) throws Exception {
        Properties properties = new Properties();
        try (InputStream in = new ByteArrayInputStream(bytes)) {
            properties.load(in);
        }
        List<Object> found = new ArrayList<>();
        for (int i = 0; i < properties.size(); i++) {
            found.add(properties.getProperty("v" + i));
        }
        return found;
    }

    private static List<Object> urls(String text) throws Exception {
        List<Object> found = new ArrayList<>();
        for (String line : text.lines().toList()) {
            URI uri = new URI(line);
            // What stands between what is known of the URL.
            String[] user = halves(uri.getUserInfo(), ":");
            String path = between(uri.getPath(), "/a/", "/b");
            String[] query = halves(between(uri.getQuery(), "q=", "=1"), "&");
            found.add(List.of(user[0], user[1], path, query[0], query[1], uri.getFragment()));
        }
        return found;
    }

    private static String between(String text, String before, String after) {
        boolean fits = text.startsWith(before) && text.endsWith(after);
        return fits ? text.substring(before.length(), text.length() - after.length()) : "(not there)" + text;
    }

    /** Two equal texts with a separator between them. */
    private static String[] halves(String text, String separator) {
        int middle = (text.length() - separator.length()) / 2;
        return new String[] {text.substring(0, middle), text.substring(middle + separator.length())};
    }

    private static void write(StringBuilder text, Object value) {
        if (value instanceof List<?> items) {
            text.append('[');
            String comma = "";
            for (Object item : items) {
                text.append(comma);
                write(text, item);
                comma = ",";
            }
            text.append(']');
        } else if (value == null) {
            text.append("null");
        } else {
            text.append('"');
            for (char unit : ((String) value).toCharArray()) {
                text.append(String.format("\\u%04x", (int) unit));
            }
            text.append('"');
        }
    }
}
