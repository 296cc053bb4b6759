package dev.caravan.cli.demo;

import dev.caravan.beneath.Deletion;
import dev.caravan.beneath.Directory;
import dev.caravan.crypto.NativeCrypto;
import dev.caravan.rootfs.ManifestDelta;
import dev.caravan.rootfs.RootfsScan;
import dev.caravan.rootfs.RootfsScanner;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Set;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** What no transfer on this machine can be faster than. */
final class Limits {
    private static final int MIB = 1 << 20;
    private static final int AMOUNT_MIB = 1024;
    private static final int RECORD = 256 << 10;
    private static final int TAG = 16;
    private static final int FILES = 10_000;
    private static final int DIRECTORIES = 500;

    private Limits() {
    }

    /** How fast one core seals with AES-256-GCM, in records of 256 KiB. */
    static double cipherMibPerSecond() {
        byte[] plain = new byte[RECORD];
        byte[] sealed = new byte[RECORD + TAG];
        Cipher cipher = NativeCrypto.aesGcm();
        SecretKeySpec key = new SecretKeySpec(new byte[32], "AES");
        ByteBuffer nonce = ByteBuffer.allocate(12);
        long start = System.nanoTime();
        try {
            for (int i = 0; i < AMOUNT_MIB * (MIB / RECORD); i++) {
                nonce.putInt(0, i);
                cipher.init(Cipher.ENCRYPT_MODE, key, new GCMParameterSpec(TAG * Byte.SIZE, nonce.array()));
                cipher.doFinal(plain, 0, plain.length, sealed, 0);
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every AES-GCM cipher takes a 256-bit key", e);
        }
        return perSecond(start);
    }

    /** How fast one TCP connection carries bytes over loopback. */
    static double loopbackMibPerSecond() throws IOException, InterruptedException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket out = new Socket(server.getInetAddress(), server.getLocalPort());
                Socket in = server.accept()) {
            Thread sender = new Thread(() -> send(out), "benchmark-sender");
            sender.setDaemon(true);
            long start = System.nanoTime();
            sender.start();
            byte[] buffer = new byte[MIB];
            InputStream bytes = in.getInputStream();
            for (long left = (long) AMOUNT_MIB * MIB; left > 0;) {
                int read = bytes.read(buffer);
                if (read < 0) {
                    throw new IOException("the connection to this machine itself ended early");
                }
                left -= read;
            }
            double rate = perSecond(start);
            sender.join();
            return rate;
        }
    }

    /** How long it takes to see that a root file system of {@value #FILES} files has not changed; the shortest time of five. */
    static double rescanMillis() throws IOException {
        Path tree = Files.createTempDirectory("caravan-bench");
        try {
            for (int i = 0; i < FILES; i++) {
                Path directory = tree.resolve("d" + i % DIRECTORIES);
                Files.createDirectories(directory);
                Files.writeString(directory.resolve("file" + i), "unchanged");
            }
            RootfsScanner scanner = new RootfsScanner();
            RootfsScan first = scanner.scan(tree, Limits::goOn);
            long best = Long.MAX_VALUE;
            for (int i = 0; i < 5; i++) {
                long start = System.nanoTime();
                ManifestDelta.between(first.manifest(), scanner.rescan(tree, first, Set.of(), Limits::goOn).manifest());
                best = Math.min(best, System.nanoTime() - start);
            }
            return best / 1e6;
        } finally {
            delete(tree);
        }
    }

    private static void goOn() {
        // nobody ends a benchmark's scan
    }

    private static void delete(Path tree) throws IOException {
        try (Directory top = Directory.open(tree)) {
            Deletion.empty(top);
        }
        Files.delete(tree);
    }

    private static void send(Socket socket) {
        byte[] buffer = new byte[MIB];
        try {
            OutputStream bytes = socket.getOutputStream();
            for (int i = 0; i < AMOUNT_MIB; i++) {
                bytes.write(buffer);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static double perSecond(long startNanos) {
        return AMOUNT_MIB * 1e9 / (System.nanoTime() - startNanos);
    }
}
