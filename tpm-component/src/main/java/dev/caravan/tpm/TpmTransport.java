package dev.caravan.tpm;

import java.io.Closeable;
import java.io.IOException;

/**
 * A way to a TPM 2.0: takes one raw command at a time and gives its response. Everything that leaves the JVM for a TPM
 * goes through here, so that tests and other kinds of TPMs can take its place.
 */
public interface TpmTransport extends Closeable {
    /** Commands and responses are at most this long; it is what the Linux kernel allows, too. */
    int MAX_BYTES = 4096;

    /** Tag (2 bytes), size of the whole (4 bytes) and response code (4 bytes) start every response. */
    int HEADER_BYTES = 10;

    /**
     * Sends a command and waits for its response. Ends with an exception when the calling thread is interrupted.
     *
     * @param command complete, with header
     * @return the complete response, {@link #HEADER_BYTES} to {@link #MAX_BYTES}
     * @throws IOException if the TPM cannot be reached, or answers with anything but a response; the transport is of no
     *                     more use then
     */
    byte[] exchange(byte[] command) throws IOException;
}
