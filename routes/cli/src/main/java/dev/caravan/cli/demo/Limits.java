package dev.caravan.cli.demo;

import dev.caravan.crypto.NativeCrypto;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** What no transfer on this machine can be faster than. */
final class Limits {
    private static final int MIB = 1 << 20;
    private static final int AMOUNT_MIB = 1024;
    private static final int RECORD = 256 << 10;
    private static final int TAG = 16;

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
