package dev.caravan.fuzz;

import java.util.List;

/**
 * A parser of foreign bytes and what it promises.
 *
 * @param letter      begins every input that is meant for it
 * @param refusal     the one exception that may leave it; null if none may
 * @param fixedBytes  what it may allocate whatever it is given, exceptions with their traces included
 * @param bytesAByte  what it may allocate for each byte that it is given, beyond that
 * @param code        the parser, and checks of what came out of it
 * @param examples    valid inputs, from which a fuzzer starts
 */
public record Parser(char letter, Class<? extends Exception> refusal, long fixedBytes, int bytesAByte, Code code,
        List<byte[]> examples) {

    /** Reads the bytes and checks what was read. */
    @FunctionalInterface
    public interface Code {
        void parse(byte[] bytes) throws Exception;
    }

    /** A parser whose examples are still to be given. */
    public static Parser of(char letter, Class<? extends Exception> refusal, long fixedBytes, int bytesAByte,
            Code code) {
        return new Parser(letter, refusal, fixedBytes, bytesAByte, code, List.of());
    }

    /** The same with these examples. */
    public Parser from(byte[]... valid) {
        return new Parser(letter, refusal, fixedBytes, bytesAByte, code, List.of(valid));
    }

    /** For checks inside {@link Code}: fails unless the condition holds. */
    public static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    boolean refuses(Exception thrown) {
        return refusal != null && refusal.isInstance(thrown);
    }

    long bound(int length) {
        return fixedBytes + (long) bytesAByte * length;
    }
}
