package dev.caravan.it;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Takes the place of a host's TPM and passes on what its agent asks, one connection after the other, as swtpm serves them.
 * Just before the second quote it extends a PCR: the host's state changes between the two looks at it.
 */
final class TpmProxy implements AutoCloseable {
    private static final int SIZE_OFFSET = 2;
    private static final int CODE_OFFSET = 6;
    private static final int HEADER_BYTES = 10;
    private static final int MAX_BYTES = 4096;
    private static final int QUOTE = 0x158;
    private static final int PCR_EXTEND = 0x182;
    private static final int PASSWORD_SESSION = 0x40000009;

    private final Path socket;
    private final Path real;
    private final int pcr;
    private final AtomicInteger quotes = new AtomicInteger();
    private final ServerSocketChannel server;

    /** Moves the TPM's socket aside; its agent must not be connected. */
    TpmProxy(Path socket, int pcr) throws IOException {
        this.socket = socket;
        this.pcr = pcr;
        real = Files.move(socket, socket.resolveSibling(socket.getFileName() + ".real"));
        server = ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(socket));
        Thread thread = new Thread(this::serve, "TPM proxy");
        thread.setDaemon(true);
        thread.start();
    }

    /** How many quotes were asked for. */
    int quotes() {
        return quotes.get();
    }

    /** Gives the TPM its socket back; its agent must not be connected. */
    @Override
    public void close() throws IOException {
        server.close();
        Files.delete(socket);
        Files.move(real, socket);
    }

    private void serve() {
        while (server.isOpen()) {
            try (SocketChannel agent = server.accept();
                    SocketChannel tpm = SocketChannel.open(UnixDomainSocketAddress.of(real))) {
                pass(agent, tpm);
            } catch (IOException e) {
                continue; // the agent is gone, or this is closed
            }
        }
    }

    private void pass(SocketChannel agent, SocketChannel tpm) throws IOException {
        DataInputStream fromAgent = new DataInputStream(Channels.newInputStream(agent));
        DataOutputStream toAgent = new DataOutputStream(Channels.newOutputStream(agent));
        DataInputStream fromTpm = new DataInputStream(Channels.newInputStream(tpm));
        DataOutputStream toTpm = new DataOutputStream(Channels.newOutputStream(tpm));
        while (true) {
            byte[] command = message(fromAgent);
            if (ByteBuffer.wrap(command).getInt(CODE_OFFSET) == QUOTE && quotes.incrementAndGet() == 2) {
                toTpm.write(extend());
                message(fromTpm);
            }
            toTpm.write(command);
            toAgent.write(message(fromTpm));
        }
    }

    private static byte[] message(DataInputStream in) throws IOException {
        byte[] header = in.readNBytes(HEADER_BYTES);
        if (header.length < HEADER_BYTES) {
            throw new IOException("the connection has ended");
        }
        int size = ByteBuffer.wrap(header).getInt(SIZE_OFFSET);
        if (size < HEADER_BYTES || size > MAX_BYTES) {
            throw new IOException("a message of " + size + " bytes");
        }
        byte[] message = new byte[size];
        System.arraycopy(header, 0, message, 0, HEADER_BYTES);
        in.readFully(message, HEADER_BYTES, size - HEADER_BYTES);
        return message;
    }

    /** TPM2_PCR_Extend of the SHA-256 bank, with an empty password. */
    private byte[] extend() {
        int size = HEADER_BYTES + 4 + 4 + 9 + 4 + 2 + 32;
        return ByteBuffer.allocate(size).putShort((short) 0x8002).putInt(size).putInt(PCR_EXTEND).putInt(pcr).putInt(9)
                .putInt(PASSWORD_SESSION).putShort((short) 0).put((byte) 0).putShort((short) 0).putInt(1)
                .putShort((short) 0x000b).put(new byte[32]).array();
    }
}
