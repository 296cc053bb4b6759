package dev.caravan.tpm;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.FileChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Where a TPM is: what the option {@code device} says. Connections are opened by {@link #connect}. */
sealed interface DeviceAddress extends TpmConnector {

    /** A device file of the kernel, best its resource manager {@code /dev/tpmrm0}. */
    record DeviceFile(Path path) implements DeviceAddress {
        @Override
        public TpmTransport connect() throws IOException {
            if (Files.isRegularFile(path)) {
                throw new IOException("it is a plain file, not a TPM");
            }
            try {
                // no CREATE: a missing device must not become a file in /dev
                return new ChannelTransport(
                        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE));
            } catch (NoSuchFileException e) {
                throw new IOException("there is no such device", e);
            }
        }
    }

    /** The data channel of swtpm at a Unix socket. */
    record UnixSocket(Path path) implements DeviceAddress {
        @Override
        public TpmTransport connect() throws IOException {
            SocketChannel socket = SocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                socket.connect(UnixDomainSocketAddress.of(path));
                return new ChannelTransport(socket);
            } catch (IOException | RuntimeException e) {
                socket.close();
                throw e;
            }
        }
    }

    /** The data channel of swtpm at a TCP port. */
    record TcpSocket(String host, int port) implements DeviceAddress {
        @Override
        public TpmTransport connect() throws IOException {
            InetSocketAddress address = new InetSocketAddress(host, port);
            if (address.isUnresolved()) {
                throw new UnknownHostException("there is no host " + host);
            }
            SocketChannel socket = SocketChannel.open();
            try {
                socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
                socket.connect(address);
                return new ChannelTransport(socket);
            } catch (IOException | RuntimeException e) {
                socket.close();
                throw e;
            }
        }
    }

    /**
     * Parses an address.
     *
     * @param device an absolute path, {@code unix:PATH} or {@code tcp:HOST:PORT}
     * @throws IllegalArgumentException if it is none of these
     */
    static DeviceAddress parse(String device) {
        if (device.startsWith("unix:") && device.length() > "unix:".length()) {
            return new UnixSocket(Path.of(device.substring("unix:".length())));
        }
        if (device.startsWith("tcp:")) {
            int colon = device.lastIndexOf(':');
            int port = colon <= "tcp:".length() ? 0 : port(device.substring(colon + 1));
            if (port > 0) {
                return new TcpSocket(device.substring("tcp:".length(), colon), port);
            }
        }
        if (device.startsWith("/")) {
            return new DeviceFile(Path.of(device));
        }
        throw new IllegalArgumentException("TPM device \"" + device
                + "\" is neither a path such as /dev/tpmrm0, nor unix:PATH, nor tcp:HOST:PORT");
    }

    /** The port, or 0 if it is none. */
    private static int port(String text) {
        return text.matches("[0-9]{1,5}") && Integer.parseInt(text) <= 65_535 ? Integer.parseInt(text) : 0;
    }
}
