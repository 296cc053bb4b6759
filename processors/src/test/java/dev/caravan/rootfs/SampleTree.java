package dev.caravan.rootfs;

import static dev.caravan.machine.Machine.run;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.util.Random;

/** Makes trees with everything a root file system can have, and describes trees so that they can be compared. */
final class SampleTree {
    /** Where the chunks of tests come from. */
    static final PublicKey SOURCE = key();

    private SampleTree() {
    }

    private static PublicKey key() {
        try {
            return KeyPairGenerator.getInstance("EC").generateKeyPair().getPublic();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    static void make(Path root) throws IOException {
        Files.createDirectories(root);
        run("chmod", "0751", root.toString());
        Path bin = Files.createDirectories(root.resolve("usr/bin"));
        write(bin.resolve("su"), random(300_000, 1));
        run("chmod", "4755", bin.resolve("su").toString());
        write(bin.resolve("ping"), random(5_000, 2));
        run("chown", "7:9", bin.resolve("ping").toString());
        run("setfattr", "-n", "security.capability", "-v", "0x0100000200200000000000000000000000000000",
                bin.resolve("ping").toString());
        run("setfattr", "-n", "user.note", "-v", "0x00ff0a", bin.resolve("ping").toString());
        run("setfattr", "-n", "trusted.t", "-v", "0x", bin.resolve("ping").toString());
        Files.createLink(bin.resolve("ping6"), bin.resolve("ping"));
        Files.createLink(root.resolve("a-link-that-sorts-first"), bin.resolve("ping"));
        Files.createSymbolicLink(root.resolve("bin"), Path.of("usr/bin"));
        run("ln", "-s", "usr//bin/", root.resolve("odd").toString());
        run("ln", "-s", "/nowhere/shadow", root.resolve("escape").toString());
        run("chown", "-h", "1000:4294967294", root.resolve("odd").toString());
        run("touch", "-h", "-d", "@1234567890.123456789", root.resolve("odd").toString());
        run("mkfifo", "-m", "0622", root.resolve("fifo").toString());
        run("touch", "-h", "-d", "@-1.5", root.resolve("fifo").toString());
        run("mknod", "-m", "0666", root.resolve("null").toString(), "c", "1", "3");
        run("mknod", "-m", "0660", root.resolve("loop").toString(), "b", "7", "300");
        Files.createFile(root.resolve("empty"));
        byte[] big = new byte[3 * ChunkDigest.CHUNK_BYTES + 12345];
        System.arraycopy(random(700_000, 3), 0, big, ChunkDigest.CHUNK_BYTES + 4096, 700_000);
        write(root.resolve("sparse"), big);
        run("truncate", "-s", "20M", root.resolve("hole").toString());
        Path tmp = Files.createDirectory(root.resolve("tmp"));
        run("chmod", "1777", tmp.toString());
        run("setfattr", "-n", "user.dir", "-v", "0x31", tmp.toString());
        write(at(root, "tmp/caf\u00e9 latin-1"), random(10, 4));
        write(at(root, "tmp/caf\u00c3\u00a9 utf-8"), random(10, 5));
        Files.createDirectory(at(root, "tmp/\u00ff\n\\=%"));
        write(at(root, "tmp/\u00ff\n\\=%/-x"), random(10, 6));
        run("touch", "-d", "@1000000000.987654321", root.resolve("tmp").toString(), root.resolve("empty").toString());
    }

    /** A path that names exactly these bytes, one character each, whatever the JVM's character set is. */
    static Path at(Path root, String raw) {
        StringBuilder uri = new StringBuilder("file://").append(root);
        for (char c : ('/' + raw).toCharArray()) {
            uri.append(c == '/' ? "/" : String.format("%%%02X", (int) c));
        }
        return Path.of(URI.create(uri.toString()));
    }

    static byte[] random(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    static void write(Path file, byte[] bytes) throws IOException {
        Files.write(file, bytes, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
    }

    /** Everything that can be seen of a tree by other programs than Caravan's: metadata, links, content, attributes. */
    static String describe(Path root) throws IOException {
        String modes = run("sh", "-c", "cd \"$1\" && find . -print0 | LC_ALL=C sort -z "
                + "| xargs -0 stat -c '%N %f %u %g %h %t:%T %.9Y %F'", "sh", root.toString());
        String sizes = run("sh", "-c", "cd \"$1\" && find . -type f -print0 | LC_ALL=C sort -z "
                + "| xargs -0 sha256sum --zero", "sh", root.toString());
        String attributes = run("sh", "-c", "cd \"$1\" && find . -print0 | LC_ALL=C sort -z "
                + "| xargs -0 getfattr -h -d -m - -e hex --", "sh", root.toString());
        String links = run("sh", "-c", "cd \"$1\" && for a in $(find . -links +1 ! -type d | LC_ALL=C sort); do "
                + "for b in $(find . -samefile $a | LC_ALL=C sort); do echo $a $b; done; done", "sh",
                root.toString());
        return String.join("\n", modes, sizes.replace('\0', '\n'), attributes, links);
    }
}
