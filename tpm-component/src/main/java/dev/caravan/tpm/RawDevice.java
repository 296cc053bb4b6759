package dev.caravan.tpm;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.SocketChannel;
import tss.TpmDevice;

/**
 * A TPM that takes raw commands: the kernel's resource manager, or swtpm's data channel over a Unix or TCP socket. A
 * response starts with tag (2 bytes), size (4 bytes, all included) and response code (4 bytes).
 */
final class RawDevice extends TpmDevice implements Closeable {
    private static final int HEADER_BYTES = 10;
    private static final int MAX_RESPONSE_BYTES = 4096;

    private final String address;
    private ByteChannel channel;
    private byte[] response;

    RawDevice(String address) {
        this.address = address;
    }

    @Override
    public boolean connect() {
        try {
            if (address.startsWith("unix:")) {
                SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX);
                socket.connect(UnixDomainSocketAddress.of(address.substring("unix:".length())));
                channel = socket;
            } else if (address.startsWith("tcp:")) {
                int colon = address.lastIndexOf(':');
                if (colon <= "tcp:".length()) {
                    throw new TpmFailed("TPM device \"" + address + "\" is not of the form tcp:HOST:PORT");
                }
                SocketChannel socket = SocketChannel.open();
                socket.connect(new InetSocketAddress(address.substring("tcp:".length(), colon),
                        Integer.parseInt(address.substring(colon + 1))));
                channel = socket;
            } else if (address.startsWith("/")) {
                channel = new RandomAccessFile(address, "rw").getChannel();
            } else {
                throw new TpmFailed("TPM device \"" + address
                        + "\" is neither a path such as /dev/tpmrm0, nor unix:PATH, nor tcp:HOST:PORT");
            }
            return true;
        } catch (IOException | NumberFormatException e) {
            throw new TpmFailed("cannot open the TPM " + address + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void dispatchCommand(byte[] command) {
        try {
            ByteBuffer out = ByteBuffer.wrap(command);
            while (out.hasRemaining()) {
                channel.write(out);
            }
        } catch (IOException e) {
            throw new TpmFailed("cannot send a command to the TPM " + address + ": " + e.getMessage(), e);
        }
    }

    @Override
    public byte[] getResponse() {
        try {
            ByteBuffer in = ByteBuffer.allocate(MAX_RESPONSE_BYTES);
            int size = HEADER_BYTES;
            while (in.position() < size) {
                if (channel.read(in) < 0) {
                    throw new TpmFailed("the TPM " + address + " closed the connection");
                }
                if (in.position() >= HEADER_BYTES) {
                    size = in.getInt(2);
                    if (size < HEADER_BYTES || size > MAX_RESPONSE_BYTES) {
                        throw new TpmFailed("the TPM " + address + " answered with a size of " + size + " bytes");
                    }
                }
            }
            response = java.util.Arrays.copyOf(in.array(), size);
            return response.clone();
        } catch (IOException e) {
            throw new TpmFailed("the TPM " + address + " does not answer: " + e.getMessage(), e);
        }
    }

    /** The last response as it came. */
    byte[] lastResponse() {
        return response.clone();
    }

    @Override
    public boolean responseReady() {
        return true;
    }

    @Override
    public void close() {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            throw new TpmFailed("cannot close the TPM " + address, e);
        }
    }
}
