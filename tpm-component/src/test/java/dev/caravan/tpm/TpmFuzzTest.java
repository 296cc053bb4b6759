package dev.caravan.tpm;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.caravan.fuzz.Parser;
import dev.caravan.fuzz.Parsers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.security.MessageDigest;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.provider.MethodSource;

/** TPM structures of other machines, and what the TPM itself answers. */
class TpmFuzzTest {
    /** Inputs have kilobytes at most; an exception with its trace takes most of this. */
    private static final long SMALL = 64 * 1024;
    private static final Parsers PARSERS = parsers();

    private static Parsers parsers() {
        try {
            SignedQuote signed = new SignedQuote();
            byte[] attest = signed.attest();
            SignedCertification certified = new SignedCertification();
            return Parsers.of(
                    Parser.of('a', QuoteRejected.class, SMALL, 8, QuoteAttestation::parse).from(attest),
                    Parser.of('q', QuoteRejected.class, 4 * SMALL, 8, bytes -> verify(signed, bytes)).from(attest),
                    Parser.of('c', QuoteRejected.class, SMALL, 8, CertifyAttestation::parse).from(certified.attest()),
                    Parser.of('k', QuoteRejected.class, 4 * SMALL, 8, bytes -> verify(certified, bytes))
                            .from(certified.attest()),
                    Parser.of('s', QuoteRejected.class, SMALL, 8, bytes -> EcdsaSignature.parse(bytes).toDer())
                            .from(signed.quote().signature()),
                    Parser.of('p', QuoteRejected.class, SMALL, 8, TpmFuzzTest::attestationKey)
                            .from(TpmPublicAreaTest.area(TpmPublicAreaTest.AIK)),
                    Parser.of('r', IOException.class, SMALL, 8, TpmFuzzTest::response)
                            .from(new byte[]{(byte) 0x80, 1, 0, 0, 0, 12, 0, 0, 0, 0, 7, 7}));
        } catch (Exception e) {
            throw new IllegalStateException("the examples are valid", e);
        }
    }

    static Stream<byte[]> examples() {
        return PARSERS.examples();
    }

    @Test
    void examplesAreTaken() throws Exception {
        PARSERS.takeTheirExamples();
    }

    @Timeout(20)
    @MethodSource("examples")
    @FuzzTest
    void anythingIsTakenOrRefused(byte[] input) throws Exception {
        PARSERS.takeOrRefuse(input);
    }

    /** The peer's TPM signs whatever it is given, as a broken or forged one would: only what was asked for passes. */
    private static void verify(SignedQuote signed, byte[] attest) throws Exception {
        if (attest.length > Quote.MAX_ATTEST_BYTES) {
            return;
        }
        signed.verify(signed.quote(attest));
        QuoteAttestation read = QuoteAttestation.parse(attest);
        Parser.require(read.common().magic() == 0xff544347 && read.banks().size() == 1 && read.isOver(signed.pcrs)
                && MessageDigest.isEqual(read.common().extraData(), SignedQuote.EXTRA_DATA),
                "a forged quote was taken");
    }

    private static void verify(SignedCertification signed, byte[] attest) throws Exception {
        if (attest.length > Quote.MAX_ATTEST_BYTES) {
            return;
        }
        signed.verify(signed.certification(attest));
        CertifyAttestation read = CertifyAttestation.parse(attest);
        Parser.require(MessageDigest.isEqual(read.name(), signed.name)
                && MessageDigest.isEqual(read.common().extraData(), SignedCertification.QUALIFYING_DATA),
                "a certification of another key was taken");
    }

    private static void attestationKey(byte[] bytes) throws QuoteRejected {
        TpmPublicArea area = TpmPublicArea.parse(bytes);
        area.requireAttestationKey();
        Parser.require((area.attributes() & TpmPublicAreaTest.AIK) == TpmPublicAreaTest.AIK,
                "a key that could sign forged quotes was taken");
    }

    private static void response(byte[] bytes) throws IOException {
        ByteBuffer left = ByteBuffer.wrap(bytes);
        ByteChannel channel = new ByteChannel() {

            @Override
            public int read(ByteBuffer into) {
                if (!left.hasRemaining()) {
                    return -1;
                }
                int length = Math.min(Math.min(left.remaining(), into.remaining()), 1 + left.get(left.position()) & 15);
                length = Math.max(1, length);
                into.put(left.slice(left.position(), length));
                left.position(left.position() + length);
                return length;
            }

            @Override
            public int write(ByteBuffer from) {
                int length = from.remaining();
                from.position(from.limit());
                return length;
            }

            @Override
            public boolean isOpen() {
                return true;
            }

            @Override
            public void close() {
                left.position(left.limit());
            }
        };
        byte[] response = new ChannelTransport(channel).exchange(new byte[TpmTransport.HEADER_BYTES]);
        Parser.require(ByteBuffer.wrap(response).getInt(2) == response.length, "a response of another length");
    }
}
