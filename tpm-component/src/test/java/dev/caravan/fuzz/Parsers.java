package dev.caravan.fuzz;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The parsers that one fuzz test drives: a JVM fuzzes one test only and takes seconds to start, so those of a package share
 * one. An input is the letter of a parser, then the bytes that it is given; an input without one is nobody's.
 */
public final class Parsers {
    /** A reason travels in a header and is read by people. */
    private static final int MAX_REASON = 1000;
    /** The first runs load classes, which are not the input's doing. */
    private static final int RUNS = 3;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Map<Character, Parser> parsers;

    private Parsers(Map<Character, Parser> parsers) {
        this.parsers = parsers;
    }

    /** These parsers, each with a letter of its own. */
    public static Parsers of(Parser... parsers) {
        return new Parsers(Arrays.stream(parsers).collect(Collectors.toMap(Parser::letter, Function.identity())));
    }

    /** Every example as an input. */
    public Stream<byte[]> examples() {
        return parsers.values().stream().flatMap(parser -> parser.examples().stream().map(bytes -> {
            byte[] input = new byte[1 + bytes.length];
            input[0] = (byte) parser.letter();
            System.arraycopy(bytes, 0, input, 1, bytes.length);
            return input;
        }));
    }

    /** Fails unless each parser has examples and takes them all. */
    public void takeTheirExamples() throws Exception {
        for (Parser parser : parsers.values()) {
            Parser.require(!parser.examples().isEmpty(), "parser " + parser.letter() + " has no example");
            for (byte[] example : parser.examples()) {
                parser.code().parse(example.clone());
            }
        }
    }

    /** Fails unless the parser takes the input or refuses it as declared, within the memory that it declared. */
    public void takeOrRefuse(byte[] input) throws Exception {
        Parser parser = input.length == 0 ? null : parsers.get((char) (input[0] & 0xff));
        if (parser == null) {
            return;
        }
        byte[] bytes = Arrays.copyOfRange(input, 1, input.length);
        long least = Long.MAX_VALUE;
        for (int run = 0; run < RUNS; run++) {
            least = Math.min(least, allocatedBy(parser, bytes.clone()));
            if (least <= parser.bound(bytes.length)) {
                return;
            }
        }
        throw new AssertionError("parser " + parser.letter() + " allocated " + least + " bytes for " + bytes.length
                + ", at most " + parser.bound(bytes.length) + " are declared");
    }

    private static long allocatedBy(Parser parser, byte[] bytes) throws Exception {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        try {
            parser.code().parse(bytes);
        } catch (Exception e) {
            if (!parser.refuses(e)) {
                throw e;
            }
            String reason = String.valueOf(e.getMessage());
            Parser.require(reason.length() <= MAX_REASON,
                    "the reason of parser " + parser.letter() + " has " + reason.length() + " characters");
        }
        return THREADS.getCurrentThreadAllocatedBytes() - before;
    }

    /** The bytes of a text, for examples. */
    public static byte[] text(String... lines) {
        return String.join("\n", List.of(lines)).getBytes(java.nio.charset.StandardCharsets.UTF_8);
    }
}
