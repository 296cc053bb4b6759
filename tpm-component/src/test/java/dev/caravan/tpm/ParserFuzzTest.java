package dev.caravan.tpm;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Parsers of what other machines send: whatever comes, they take it or reject it, and stay small. */
class ParserFuzzTest {
    private static final int INPUTS = 20_000;
    /** An input of 64 KiB is refused before it is copied; an exception with its trace takes most of this. */
    private static final long MAX_ALLOCATED_BYTES = 64 * 1024;

    private enum Parser {
        ATTESTATION {
            @Override
            void parse(byte[] bytes) throws QuoteRejected {
                QuoteAttestation.parse(bytes);
            }

            @Override
            byte[] example() throws Exception {
                return new SignedQuote().attest();
            }
        },
        CERTIFICATION {
            @Override
            void parse(byte[] bytes) throws QuoteRejected {
                CertifyAttestation.parse(bytes);
            }

            @Override
            byte[] example() throws Exception {
                return new SignedCertification().attest();
            }
        },
        SIGNATURE {
            @Override
            void parse(byte[] bytes) throws QuoteRejected {
                EcdsaSignature.parse(bytes).toDer();
            }

            @Override
            byte[] example() throws Exception {
                return new SignedQuote().quote().signature();
            }
        },
        PUBLIC_AREA {
            @Override
            void parse(byte[] bytes) throws QuoteRejected {
                TpmPublicArea.parse(bytes).requireAttestationKey();
            }

            @Override
            byte[] example() throws Exception {
                return TpmPublicAreaTest.area(TpmPublicAreaTest.AIK);
            }
        };

        abstract void parse(byte[] bytes) throws QuoteRejected;

        abstract byte[] example() throws Exception;
    }

    @ParameterizedTest
    @EnumSource
    void anythingIsTakenOrRejected(Parser parser) throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().getId();
        byte[] example = parser.example();
        parser.parse(example);
        Random random = new Random(20_261_101);
        int rejected = 0;
        long most = 0;
        for (int i = 0; i < INPUTS; i++) {
            byte[] input = mutate(example, random);
            long before = threads.getThreadAllocatedBytes(thread);
            try {
                parser.parse(input);
            } catch (QuoteRejected expected) {
                rejected++;
            }
            if (i > INPUTS / 2) {
                most = Math.max(most, threads.getThreadAllocatedBytes(thread) - before);
            }
        }
        assertThat(rejected).isGreaterThan(INPUTS / 4);
        assertThat(most).isLessThan(MAX_ALLOCATED_BYTES);
    }

    private static byte[] mutate(byte[] example, Random random) {
        byte[] input = switch (random.nextInt(8)) {
            case 0 -> new byte[random.nextInt(64 * 1024)];
            case 1, 2 -> Arrays.copyOf(example, random.nextInt(example.length + 8));
            default -> example.clone();
        };
        int changes = random.nextInt(4);
        for (int i = 0; i <= changes && input.length > 0; i++) {
            int at = random.nextInt(random.nextBoolean() ? input.length : Math.min(input.length, 64));
            input[at] = random.nextBoolean() ? (byte) random.nextInt() : (byte) 0xff;
        }
        return input;
    }
}
