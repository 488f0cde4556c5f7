import java.io.FileInputStream;
import java.security.Key;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.util.Collections;
import java.util.HexFormat;

/** Prints what a key store has: each alias, and the hashes of its key and of the certificates of its chain. */
final class KeyStoreReader {
    private KeyStoreReader() {}

    public static void main(String[] arguments) throws Exception {
        char[] password = arguments[1].toCharArray();
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (FileInputStream file = new FileInputStream(arguments[0])) {
            store.load(file, password);
        }
        for (String alias : Collections.list(store.aliases())) {
            Key key = store.getKey(alias, password);
            System.out.print(alias + " " + key.getFormat() + " " + hash(key.getEncoded()));
            for (Certificate certificate : store.getCertificateChain(alias)) {
                System.out.print(" " + hash(certificate.getEncoded()));
            }
            System.out.println();
        }
    }

    private static String hash(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }
}
