package dev.caravan.rootfs;

import dev.caravan.command.Command;
import dev.caravan.command.CommandFailed;
import dev.caravan.command.CommandRunner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Extended attributes by {@code getfattr} and {@code setfattr} (package attr). */
public final class AttrTools implements ExtendedAttributes {
    private static final String FILE = "# file: ";
    private static final Duration TIMEOUT = Duration.ofMinutes(2);
    /** What {@code xargs} says when one of the programs that it started ended with a status other than 0. */
    private static final int SOME_FAILED = 123;

    private final CommandRunner commands;

    public AttrTools(CommandRunner commands) {
        this.commands = commands;
    }

    @Override
    public Map<String, SortedMap<String, String>> read(Collection<String> rawPaths) throws IOException {
        if (rawPaths.isEmpty()) {
            return Map.of();
        }
        Command command = Command.of("xargs", "-0", "-r", "getfattr", "-h", "-d", "-m", "-", "-e", "hex",
                "--absolute-names", "--").within(TIMEOUT)
                .withInput(bytes(String.join("\0", rawPaths) + '\0'));
        try {
            return parse(commands.run(command));
        } catch (CommandFailed e) {
            if (e.status() == SOME_FAILED && e.complaint().lines().allMatch(AttrTools::isHarmless)) {
                return parse(e.output());
            }
            throw new IOException("cannot read extended attributes (is the package attr installed?): "
                    + e.getMessage(), e);
        }
    }

    private static boolean isHarmless(String complaint) {
        return complaint.endsWith("No such file or directory") || complaint.endsWith("Operation not supported");
    }

    @Override
    public void write(Map<String, SortedMap<String, String>> attributes) throws IOException {
        if (attributes.isEmpty()) {
            return;
        }
        StringBuilder dump = new StringBuilder();
        attributes.forEach((path, values) -> {
            dump.append(FILE).append(quote(path)).append('\n');
            values.forEach((name, value) -> dump.append(quote(name)).append("=0x")
                    .append(HexFormat.of().formatHex(bytes(value))).append('\n'));
            dump.append('\n');
        });
        commands.run(Command.of("setfattr", "-h", "--restore=-").within(TIMEOUT).withInput(bytes(dump.toString())));
    }

    @Override
    public void remove(Path path, String name) throws IOException {
        commands.run(Command.of("xargs", "-0", "-n", "3", "setfattr", "-h", "-x")
                .withInput(bytes(name + "\0--\0" + TreePath.rawOf(path) + '\0')));
    }

    /** Parses what {@code getfattr -e hex} prints. */
    static Map<String, SortedMap<String, String>> parse(byte[] dump) throws IOException {
        Map<String, SortedMap<String, String>> attributes = new HashMap<>();
        SortedMap<String, String> current = null;
        for (String line : new String(dump, StandardCharsets.ISO_8859_1).split("\n")) {
            int equals = line.indexOf('=');
            if (line.startsWith(FILE)) {
                current = new TreeMap<>();
                attributes.put(unquote(line.substring(FILE.length())), current);
            } else if (current != null && !line.isEmpty()) {
                String name = unquote(equals < 0 ? line : line.substring(0, equals));
                if (Metadata.carries(name)) {
                    current.put(name, equals < 0 ? "" : value(line.substring(equals + 1)));
                }
            }
        }
        attributes.values().removeIf(Map::isEmpty);
        return attributes;
    }

    /** The tools write a backslash and three octal digits for what would break a line. */
    static String quote(String raw) {
        StringBuilder quoted = new StringBuilder(raw.length());
        for (char c : raw.toCharArray()) {
            if (c == '\\' || c == '\n' || c == '\r' || c == '=') {
                quoted.append('\\').append((char) ('0' + (c >> 6))).append((char) ('0' + (c >> 3 & 7)))
                        .append((char) ('0' + (c & 7)));
            } else {
                quoted.append(c);
            }
        }
        return quoted.toString();
    }

    static String unquote(String quoted) throws IOException {
        StringBuilder raw = new StringBuilder(quoted.length());
        for (int i = 0; i < quoted.length(); i++) {
            if (quoted.charAt(i) != '\\') {
                raw.append(quoted.charAt(i));
                continue;
            }
            int octal = 0;
            for (int digit = 1; digit <= 3; digit++) {
                int value = i + digit < quoted.length() ? Character.digit(quoted.charAt(i + digit), 8) : -1;
                if (value < 0) {
                    throw unreadable(null);
                }
                octal = octal << 3 | value;
            }
            raw.append((char) (octal & 0xff));
            i += 3;
        }
        return raw.toString();
    }

    private static String value(String hex) throws IOException {
        try {
            if (hex.startsWith("0x")) {
                return new String(HexFormat.of().parseHex(hex, 2, hex.length()), StandardCharsets.ISO_8859_1);
            }
        } catch (IllegalArgumentException e) {
            throw unreadable(e);
        }
        throw unreadable(null);
    }

    private static IOException unreadable(Exception cause) {
        return new IOException("getfattr printed something else than it was asked for", cause);
    }

    static byte[] bytes(String raw) {
        return raw.getBytes(StandardCharsets.ISO_8859_1);
    }
}
