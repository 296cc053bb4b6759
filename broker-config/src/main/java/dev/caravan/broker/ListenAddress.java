package dev.caravan.broker;

import java.net.InetAddress;
import java.net.UnknownHostException;

/**
 * Where a service listens.
 *
 * @param host name or address of a network interface; a wildcard address means all of them
 * @param port 0 to 65535; 0 takes a free one
 */
public record ListenAddress(String host, int port) {
    private static final int MAX_PORT = 65535;

    /**
     * Reads HOST:PORT.
     *
     * @param setting where {@code text} is from, for the message
     * @throws IllegalArgumentException if it is something else
     */
    public static ListenAddress parse(String setting, String text) {
        String stripped = text.strip();
        int colon = stripped.lastIndexOf(':');
        int port = colon < 1 ? -1 : port(stripped.substring(colon + 1));
        if (port < 0) {
            throw new IllegalArgumentException(
                    setting + " is \"" + stripped + "\"; HOST:PORT with a port of 0 to 65535 is expected");
        }
        return new ListenAddress(stripped.substring(0, colon), port);
    }

    /** The port that {@code text} names, or -1 if it names none. */
    public static int port(String text) {
        try {
            int port = Integer.parseInt(text.strip());
            return port > MAX_PORT ? -1 : port;
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /**
     * Whether only this machine's own programs reach it.
     *
     * @throws IllegalArgumentException if the host's name is not known
     */
    public boolean isLoopback() {
        try {
            return InetAddress.getByName(host).isLoopbackAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("the host \"" + host + "\" to listen on is not known", e);
        }
    }

    /**
     * Refuses to listen without TLS where others can hear what is said, passwords included.
     *
     * @param setting what names the address
     * @param remedy  the settings that give it TLS
     * @throws IllegalArgumentException with both
     */
    public void requireLoopback(String setting, String remedy) {
        if (!isLoopback()) {
            throw new IllegalArgumentException(setting + " is \"" + host + "\", which others can reach, and there is no"
                    + " TLS: passwords would travel in the clear. Set " + remedy
                    + ", or listen on 127.0.0.1");
        }
    }
}
