package dev.caravan.lab;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The few commands that firmware sends to a TPM before an agent runs, as TPM 2.0 Part 3 has them, over swtpm's Unix
 * socket. swtpm serves one connection at a time: while an agent is connected, this waits.
 */
final class TpmSocket implements AutoCloseable {
    private static final int HEADER_BYTES = 10;
    private static final int MAX_RESPONSE_BYTES = 4096;
    private static final int DIGEST_BYTES = 32;
    private static final short NO_SESSIONS = (short) 0x8001;
    private static final short SESSIONS = (short) 0x8002;
    private static final int PCR_EXTEND = 0x182;
    private static final int PCR_READ = 0x17e;
    private static final int PASSWORD_SESSION = 0x40000009;
    private static final int EMPTY_PASSWORD_BYTES = 9;
    private static final short SHA256 = 0x000b;

    private final SocketChannel channel;

    TpmSocket(Path socket) {
        try {
            channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException e) {
            throw new LabFailed("cannot reach the TPM at " + socket, e);
        }
    }

    /** PCR 0 to 7 of the SHA-256 bank: a PCR_Read returns eight values at most (Part 3, 22.4). */
    SortedMap<Integer, byte[]> readFirmwarePcrs() {
        ByteBuffer command = ByteBuffer.allocate(20).putShort(NO_SESSIONS).putInt(20).putInt(PCR_READ).putInt(1)
                .putShort(SHA256).put((byte) 3).put((byte) 0xff).put((byte) 0).put((byte) 0);
        ByteBuffer response = exchange(command);
        int selection = 4 + 4 + 2 + 1 + 3;
        response.position(HEADER_BYTES + selection);
        SortedMap<Integer, byte[]> values = new TreeMap<>();
        int count = response.getInt();
        for (int pcr = 0; pcr < Math.min(count, 8); pcr++) {
            if (response.getShort() != DIGEST_BYTES) {
                throw new LabFailed("the TPM returned a PCR that is not of the SHA-256 bank");
            }
            byte[] value = new byte[DIGEST_BYTES];
            response.get(value);
            values.put(pcr, value);
        }
        return values;
    }

    /** Extends a PCR of the SHA-256 bank (Part 3, 22.2). */
    void extend(int pcr, byte[] digest) {
        if (digest.length != DIGEST_BYTES || pcr < 0 || pcr > 23) {
            throw new IllegalArgumentException("PCRs 0 to 23 are extended by 32 bytes");
        }
        int size = HEADER_BYTES + 4 + 4 + EMPTY_PASSWORD_BYTES + 4 + 2 + DIGEST_BYTES;
        exchange(ByteBuffer.allocate(size).putShort(SESSIONS).putInt(size).putInt(PCR_EXTEND).putInt(pcr)
                .putInt(EMPTY_PASSWORD_BYTES).putInt(PASSWORD_SESSION).putShort((short) 0).put((byte) 0)
                .putShort((short) 0).putInt(1).putShort(SHA256).put(digest));
    }

    private ByteBuffer exchange(ByteBuffer command) {
        try {
            command.flip();
            while (command.hasRemaining()) {
                channel.write(command);
            }
            ByteBuffer response = ByteBuffer.allocate(MAX_RESPONSE_BYTES);
            while (response.position() < HEADER_BYTES || response.position() < response.getInt(2)) {
                if (channel.read(response) <= 0) {
                    throw new LabFailed("the TPM's answer is cut short");
                }
            }
            response.flip();
            if (response.getInt(6) != 0) {
                throw new LabFailed(String.format("the TPM refuses the command: error 0x%x", response.getInt(6)));
            }
            return response;
        } catch (IOException e) {
            throw new LabFailed("the TPM does not answer: " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new LabFailed("cannot close the connection to the TPM", e);
        }
    }
}
