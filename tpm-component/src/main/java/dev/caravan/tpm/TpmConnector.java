package dev.caravan.tpm;

import java.io.IOException;

/** Opens connections to one TPM. */
@FunctionalInterface
public interface TpmConnector {
    /**
     * Opens a connection. Ends with an exception when the calling thread is interrupted.
     *
     * @throws IOException if the TPM cannot be reached
     */
    TpmTransport connect() throws IOException;
}
