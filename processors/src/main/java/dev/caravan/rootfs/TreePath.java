package dev.caravan.rootfs;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A path inside a root file system, as the kernel sees it: bytes without a character set. Linux file names need not be
 * UTF-8, and Java turns the ones that are not into text that names no file; here nothing is decoded. The bytes are kept
 * as a string with one character a byte (ISO 8859-1), which orders them as unsigned bytes and so puts a directory
 * before what is in it.
 *
 * @param raw one character, 0 to 255, for each byte; components separated by one slash; empty for the root itself
 */
public record TreePath(String raw) implements Comparable<TreePath> {
    /** The root of the tree. */
    public static final TreePath ROOT = new TreePath("");
    /** A path has at most this many bytes (PATH_MAX less a root's share). */
    public static final int MAX_BYTES = 3584;
    /** A component has at most this many bytes (NAME_MAX). */
    public static final int MAX_NAME_BYTES = 255;
    /** A path has at most this many components. */
    public static final int MAX_DEPTH = 512;

    private static final String HEX = "0123456789ABCDEF";
    private static final Path SLASH = Path.of("/");

    /** The path of a child. */
    public TreePath child(String rawName) {
        return new TreePath(raw.isEmpty() ? rawName : raw + '/' + rawName);
    }

    /** The directory that holds it; the root's parent is the root. */
    public TreePath parent() {
        int slash = raw.lastIndexOf('/');
        return slash < 0 ? ROOT : new TreePath(raw.substring(0, slash));
    }

    public boolean isRoot() {
        return raw.isEmpty();
    }

    /** Why this path cannot be used below a root, or null if it can. */
    public String whyNot() {
        if (raw.length() > MAX_BYTES) {
            return "path is longer than " + MAX_BYTES + " bytes";
        }
        int depth = 0;
        int start = 0;
        while (start <= raw.length() && !raw.isEmpty()) {
            int end = raw.indexOf('/', start);
            end = end < 0 ? raw.length() : end;
            String name = raw.substring(start, end);
            if (name.isEmpty() || name.equals(".") || name.equals("..")) {
                return "path has the component '" + name + "'";
            }
            if (name.length() > MAX_NAME_BYTES) {
                return "path has a component of more than " + MAX_NAME_BYTES + " bytes";
            }
            if (++depth > MAX_DEPTH) {
                return "path has more than " + MAX_DEPTH + " components";
            }
            start = end + 1;
        }
        for (int i = 0; i < raw.length(); i++) {
            if (raw.charAt(i) == 0 || raw.charAt(i) > 0xff) {
                return "path has a character that no file name has";
            }
        }
        return null;
    }

    /** This path below {@code root}, naming exactly these bytes whatever the JVM's character set is. */
    public Path in(Path root) {
        if (raw.isEmpty()) {
            return root;
        }
        return isAscii(raw) ? root.resolve(raw) : Path.of(URI.create("file://" + escape(rawOf(root) + "/" + raw)));
    }

    /** The bytes of any path, absolute, one character each. */
    static String rawOf(Path path) {
        String text = path.toAbsolutePath().toString();
        if (isAscii(text)) {
            return text;
        }
        return withoutAddedSlash(unescape(path.toUri().getRawPath()), text);
    }

    /** The bytes of a file name or of a symbolic link's target (which may be relative), one character each. */
    static String rawNameOf(Path name) {
        String text = name.toString();
        if (isAscii(text)) {
            return text;
        }
        String absolute = withoutAddedSlash(unescape(SLASH.resolve(name).toUri().getRawPath()), text);
        return name.isAbsolute() ? absolute : absolute.substring(1);
    }

    /** A URI's path ends with a slash when a directory of that name happens to exist. */
    private static String withoutAddedSlash(String raw, String text) {
        return raw.endsWith("/") && !text.endsWith("/") ? raw.substring(0, raw.length() - 1) : raw;
    }

    static boolean isAscii(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) > 0x7f) {
                return false;
            }
        }
        return true;
    }

    private static String escape(String raw) {
        StringBuilder escaped = new StringBuilder(raw.length() * 3);
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c == '/' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z') {
                escaped.append(c);
            } else {
                escaped.append('%').append(HEX.charAt(c >> 4)).append(HEX.charAt(c & 15));
            }
        }
        return escaped.toString();
    }

    private static String unescape(String uriPath) {
        StringBuilder raw = new StringBuilder(uriPath.length());
        for (int i = 0; i < uriPath.length(); i++) {
            char c = uriPath.charAt(i);
            if (c == '%') {
                raw.append((char) Integer.parseInt(uriPath, i + 1, i + 3, 16));
                i += 2;
            } else {
                raw.append(c);
            }
        }
        return raw.toString();
    }

    @Override
    public int compareTo(TreePath other) {
        return raw.compareTo(other.raw);
    }

    /** For people: UTF-8 where it is that, with control characters made visible. */
    @Override
    public String toString() {
        String text = "/" + new String(raw.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
        return text.replaceAll("\\p{Cntrl}", "?");
    }
}
