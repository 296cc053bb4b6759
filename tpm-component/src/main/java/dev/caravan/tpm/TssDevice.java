package dev.caravan.tpm;

import java.io.IOException;
import java.nio.ByteBuffer;
import tss.TpmDevice;

/**
 * What TSS.Java talks to. It sees successful responses only: it would print others to standard output, and send a
 * command that the TPM wants repeated again and again without a pause.
 */
final class TssDevice extends TpmDevice {
    private static final int RC_YIELDED = 0x908;
    private static final int RC_TESTING = 0x90a;
    private static final int RC_RETRY = 0x922;
    private static final int CODE_OFFSET = 6;
    private static final int MAX_REPEATS = 20;
    private static final long FIRST_PAUSE_MILLIS = 5;
    private static final long LONGEST_PAUSE_MILLIS = 500;

    private final TpmTransport transport;
    private byte[] response = {};

    TssDevice(TpmTransport transport) {
        this.transport = transport;
    }

    @Override
    public void dispatchCommand(byte[] command) {
        try {
            long pause = FIRST_PAUSE_MILLIS;
            for (int repeats = 0; code(response = transport.exchange(command)) != 0; repeats++) {
                if (!isPassing(code(response)) || repeats == MAX_REPEATS) {
                    throw new TpmRefused(code(response));
                }
                Thread.sleep(pause);
                pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
            }
        } catch (IOException e) {
            throw new TpmFailed("it does not answer: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new TpmFailed("it was still busy", e);
        }
    }

    @Override
    public byte[] getResponse() {
        return response.clone();
    }

    /**
     * The parameters of the last response as the TPM marshalled them, which TSS.Java would not give.
     *
     * @throws QuoteRejected if the response is malformed; it must have been to a command with a session and no handle
     */
    WireReader parameters() throws QuoteRejected {
        WireReader reader = new WireReader(response, "the TPM's response");
        reader.bytes(TpmTransport.HEADER_BYTES);
        return new WireReader(reader.bytes(reader.u32()), "the TPM's response");
    }

    @Override
    public boolean connect() {
        return true;
    }

    @Override
    public boolean responseReady() {
        return true;
    }

    @Override
    public void close() {
        try {
            transport.close();
        } catch (IOException e) {
            throw new TpmFailed("its connection does not close: " + e.getMessage(), e);
        }
    }

    private static int code(byte[] response) {
        return ByteBuffer.wrap(response).getInt(CODE_OFFSET);
    }

    /** Whether the same command will succeed later (TPM 2.0 Part 2, 6.6.3). */
    private static boolean isPassing(int code) {
        return code == RC_RETRY || code == RC_YIELDED || code == RC_TESTING;
    }
}
