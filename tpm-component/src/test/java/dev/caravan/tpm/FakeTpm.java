package dev.caravan.tpm;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** A TPM that knows GetCapability and PCR_Read, and misbehaves as it is told to. */
final class FakeTpm implements TpmConnector {
    private static final int GET_CAPABILITY = 0x17a;
    private static final int PCR_READ = 0x17e;
    private static final int NO_SESSIONS = 0x8001;

    final AtomicInteger connections = new AtomicInteger();
    final AtomicInteger closed = new AtomicInteger();
    final AtomicInteger reads = new AtomicInteger();
    private final Deque<Answer> next = new ArrayDeque<>();

    /** Something to do instead of the answer to a PCR_Read. */
    interface Answer {
        byte[] get() throws IOException, InterruptedException;
    }

    FakeTpm then(Answer answer) {
        next.add(answer);
        return this;
    }

    FakeTpm thenRefuse(int code) {
        return then(() -> response(code, new byte[0]));
    }

    FakeTpm thenHang() {
        return then(() -> {
            throw hang();
        });
    }

    /** Returns never: ends when the thread is interrupted. */
    static IllegalStateException hang() throws InterruptedException {
        new CountDownLatch(1).await();
        return new IllegalStateException("nobody counts down");
    }

    @Override
    public TpmTransport connect() {
        connections.incrementAndGet();
        return new TpmTransport() {
            @Override
            public byte[] exchange(byte[] command) throws IOException {
                return answer(ByteBuffer.wrap(command).getInt(6));
            }

            @Override
            public void close() {
                closed.incrementAndGet();
            }
        };
    }

    private byte[] answer(int command) throws IOException {
        if (command == GET_CAPABILITY) {
            return response(0, ByteBuffer.allocate(9).putInt(1, 1).array());
        }
        if (command != PCR_READ) {
            return response(0x143, new byte[0]);
        }
        reads.incrementAndGet();
        try {
            Answer answer = next.poll();
            return answer != null ? answer.get() : value();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ClosedByInterruptException();
        }
    }

    /** Update counter, selection of PCR 0, its value. */
    private static byte[] value() {
        return response(0, ByteBuffer.allocate(4 + 10 + 4 + 2 + 32).putInt(1).putInt(1).putShort((short) Sha256.TPM_ALG)
                .put(new byte[]{3, 1, 0, 0}).putInt(1).putShort((short) 32).array());
    }

    static byte[] response(int code, byte[] parameters) {
        int size = TpmTransport.HEADER_BYTES + parameters.length;
        return ByteBuffer.allocate(size).putShort((short) NO_SESSIONS).putInt(size).putInt(code).put(parameters)
                .array();
    }
}
