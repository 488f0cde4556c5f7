import java.io.IOException;
import java.io.PrintStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** The protocol of the readers: one JSON line per file, `null` for a file that cannot be read. */
final class Lines {
    /** Reads one file to a map of strings, or to JSON text that stands as it is. */
    interface Read {
        Object read(Path path) throws Exception;
    }

    private Lines() {}

    static void run(String[] arguments, String version, Read read) {
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.US_ASCII);
        if (arguments.length == 1 && arguments[0].equals("--version")) {
            out.println(version);
            out.flush();
            return;
        }
        boolean failed = false;
        for (String argument : arguments) {
            String line = "null";
            try {
                Object found = read.read(Path.of(argument));
                line = found instanceof Map<?, ?> map ? object(map) : found.toString();
            } catch (Exception | StackOverflowError error) {
                System.err.println(argument + ": " + error);
                failed = true;
            }
            out.println(line);
        }
        out.flush();
        System.exit(failed ? 1 : 0);
    }

    private static String object(Map<?, ?> map) {
        StringBuilder text = new StringBuilder("{");
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            if (text.length() > 1) {
                text.append(",");
            }
            quote(text, (String) entry.getKey());
            text.append(":");
            quote(text, (String) entry.getValue());
        }
        return text.append("}").toString();
    }

    static void quote(StringBuilder text, String string) {
        text.append('"');
        for (int i = 0; i < string.length(); i++) {
            char unit = string.charAt(i);
            if (unit == '"' || unit == '\\') {
                text.append('\\').append(unit);
            } else if (unit < 0x20 || unit > 0x7e) {
                text.append(String.format("\\u%04x", (int) unit));
            } else {
                text.append(unit);
            }
        }
        text.append('"');
    }

    /** The tagged tree of the YAML and JSON readers. */
    static void tag(StringBuilder text, Object node) throws IOException {
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
