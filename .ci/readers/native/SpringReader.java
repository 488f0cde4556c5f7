import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.core.SpringVersion;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.MutablePropertySources;
import org.springframework.core.env.PropertySourcesPropertyResolver;

/**
 * What a Spring Boot service gets from a `.properties` file: a model of Boot's own file loader
 * (its jar is in no registry that we use), then the real resolver of Spring's Environment, which replaces placeholders.
 *
 * <p>The model follows the loader's observable rules: ISO-8859-1 input with Java's escapes; a line whose first
 * character is `#` or `!` is a comment even when that character was written as an escape; names are trimmed after unescaping; the empty name is dropped;
 * a name that ends in `[]` splits its value at unescaped commas. (Documents separated by `#---` are not modelled: we
 * write no comments.)
 */
public final class SpringReader {
    public static void main(String[] arguments) {
        Lines.run(arguments, "model of Spring Boot's loader + Spring " + SpringVersion.getVersion() + " Environment",
                SpringReader::read);
    }

    private static Map<String, String> read(Path path) throws IOException {
        String text = Files.readString(path, StandardCharsets.ISO_8859_1).replace("\r\n", "\n").replace('\r', '\n');
        Map<String, Object> loaded = new LinkedHashMap<>();
        Cursor cursor = new Cursor(text);
        while (cursor.startLine()) {
            line(cursor, loaded);
        }
        MutablePropertySources sources = new MutablePropertySources();
        sources.addFirst(new MapPropertySource("file", loaded));
        PropertySourcesPropertyResolver environment = new PropertySourcesPropertyResolver(sources);
        Map<String, String> resolved = new TreeMap<>();
        for (String name : loaded.keySet()) {
            resolved.put(name, environment.getRequiredProperty(name));
        }
        return resolved;
    }

    private static void line(Cursor cursor, Map<String, Object> into) {
        if (cursor.unit == '#' || cursor.unit == '!') {
            cursor.skipRawLine();
            return;
        }
        StringBuilder key = new StringBuilder();
        boolean blankBefore = false;
        while (!cursor.endOfLine()) {
            if (cursor.is('=') || cursor.is(':')) {
                cursor.next();
                break;
            }
            if (!cursor.blank() && blankBefore) {
                break;
            }
            blankBefore = cursor.blank();
            key.append((char) cursor.unit);
            cursor.next();
        }
        String name = key.toString().trim();
        if (!name.endsWith("[]")) {
            String value = value(cursor, false);
            if (!name.isEmpty()) {
                into.put(name, value);
            }
            return;
        }
        String list = name.substring(0, name.length() - 2);
        int index = 0;
        do {
            into.put(list + "[" + index++ + "]", value(cursor, true));
            if (!cursor.endOfLine()) {
                cursor.next();
            }
        } while (!cursor.endOfLine());
    }

    private static String value(Cursor cursor, boolean list) {
        while (cursor.blank()) {
            cursor.next();
        }
        StringBuilder value = new StringBuilder();
        while (!cursor.endOfLine() && !(list && cursor.is(','))) {
            value.append((char) cursor.unit);
            cursor.next();
        }
        return value.toString();
    }

    /** One logical character at a time: escapes are decoded and remembered as such, continued lines are joined. */
    private static final class Cursor {
        private static final int END = -1;
        private final String text;
        private int at;
        private boolean escaped;
        private int unit = '\n';

        Cursor(String text) {
            this.text = text;
        }

        /** Moves to the first character of the next line that has one. */
        boolean startLine() {
            do {
                at = skipBlanks(at);
                next();
            } while (unit == '\n' && !escaped);
            return unit != END;
        }

        void next() {
            escaped = false;
            unit = raw();
            if (unit != '\\') {
                return;
            }
            escaped = true;
            unit = raw();
            switch (unit) {
                case 't' -> unit = '\t';
                case 'n' -> unit = '\n';
                case 'r' -> unit = '\r';
                case 'f' -> unit = '\f';
                case 'u' -> {
                    unit = Integer.parseInt(text, at, at + 4, 16);
                    at += 4;
                }
                case '\n' -> {
                    at = skipBlanks(at);
                    next();
                }
                default -> { }
            }
        }

        private int raw() {
            return at < text.length() ? text.charAt(at++) : END;
        }

        private int skipBlanks(int from) {
            while (from < text.length() && " \t\f".indexOf(text.charAt(from)) >= 0) {
                from++;
            }
            return from;
        }

        void skipRawLine() {
            while (unit != END && unit != '\n') {
                unit = raw();
            }
            escaped = false;
        }

        boolean is(char wanted) {
            return !escaped && unit == wanted;
        }

        boolean blank() {
            return is(' ') || is('\t') || is('\f');
        }

        boolean endOfLine() {
            return unit == END || is('\n');
        }
    }
}
