package dev.caravan.tpm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.Signature;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TpmTest {
    private static final byte[] BINDING = new byte[32];

    @TempDir
    static Path directory;
    private static SwtpmProcess swtpm;
    private static Tpm tpm;

    @BeforeAll
    static void start() throws Exception {
        swtpm = SwtpmProcess.start(directory);
        tpm = Tpm.open(swtpm.address());
    }

    @AfterAll
    static void stop() throws Exception {
        if (tpm != null) {
            tpm.close();
        }
        if (swtpm != null) {
            swtpm.close();
        }
    }

    @Test
    void theEkCertificateIsSignedByTheMaker() throws Exception {
        tpm.ekCertificate().verify(swtpm.makerCertificates(directory.resolve("maker")).get(0).getPublicKey());
    }

    @Test
    void anAikIsRestrictedAndCannotLeaveTheTpm() throws Exception {
        TpmPublicArea.parse(tpm.createAik().publicArea()).requireAttestationKey();
        assertThatThrownBy(() -> TpmPublicArea.parse(tpm.createSigningKey().publicArea()).requireAttestationKey())
                .isInstanceOf(QuoteRejected.class).hasMessageContaining("not restricted");
    }

    @Test
    void aCredentialOpensOnlyWithTheKeyThatItNames() {
        TpmKey aik = tpm.createAik();
        byte[] secret = HexFormat.of().parseHex("00112233445566778899aabbccddeeff");
        Credential credential = CredentialMaker.make(tpm.ekCertificate().getPublicKey(), aik.name(), secret);
        assertThat(tpm.activateCredential(aik, credential)).isEqualTo(secret);
        assertThatThrownBy(() -> tpm.activateCredential(tpm.createAik(), credential)).isInstanceOf(TpmFailed.class);
    }

    @Test
    void messagesSignedWithTheAgentKeyVerify() throws Exception {
        TpmKey key = tpm.createSigningKey();
        byte[] message = "go".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initVerify(key.publicKey());
        signature.update(message);
        assertThat(signature.verify(tpm.sign(key, message))).isTrue();
    }

    @Test
    void extendingAPcrChangesWhatIsQuoted() throws Exception {
        TpmKey aik = tpm.createAik();
        PcrSelection pcr = PcrSelection.of(16);
        byte[] before = tpm.readPcrs(pcr).get(16);
        byte[] digest = new byte[32];
        digest[0] = 1;
        tpm.extendPcr(16, digest);
        MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
        sha256.update(before);
        VerifiedQuote quote = QuoteVerifier.verify(tpm.quote(aik, BINDING, pcr), aik.publicKey(), BINDING, pcr);
        assertThat(quote.pcrs().get(16)).isEqualTo(sha256.digest(digest));
    }

    @Test
    void twoQuotesOfOneBootBelongTogether() throws Exception {
        TpmKey aik = tpm.createAik();
        PcrSelection pcrs = PcrSelection.of(IntStream.range(0, 24).boxed().toList());
        VerifiedQuote first = QuoteVerifier.verify(tpm.quote(aik, BINDING, pcrs), aik.publicKey(), BINDING, pcrs);
        QuoteVerifier.verify(tpm.quote(aik, BINDING, pcrs), aik.publicKey(), BINDING, pcrs).requireSameBootAs(first);
    }

    @Test
    void manyThreadsMayUseOneTpm() {
        TpmKey aik = tpm.createAik();
        List<CompletableFuture<Quote>> quotes = IntStream.range(0, 16)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> tpm.quote(aik, BINDING, PcrSelection.of(0))))
                .toList();
        assertThat(quotes).allSatisfy(quote -> QuoteVerifier.verify(quote.join(), aik.publicKey(), BINDING,
                PcrSelection.of(0)));
    }

    @Test
    void tpm2ToolsVerifyOurQuotes() throws Exception {
        TpmKey aik = tpm.createAik();
        PcrSelection pcrs = PcrSelection.of(0, 7);
        Quote quote = tpm.quote(aik, BINDING, pcrs);
        Files.writeString(directory.resolve("aik.pem"), "-----BEGIN PUBLIC KEY-----\n"
                + java.util.Base64.getMimeEncoder().encodeToString(aik.publicKey().getEncoded())
                + "\n-----END PUBLIC KEY-----\n");
        Files.write(directory.resolve("attest"), quote.attest());
        Files.write(directory.resolve("signature"), quote.signature());
        SwtpmProcess.run(directory, "tpm2_checkquote", "-u", "aik.pem", "-m", "attest", "-s", "signature", "-q",
                HexFormat.of().formatHex(BINDING));
        byte[] forged = quote.attest().clone();
        forged[forged.length - 1] ^= 1;
        Files.write(directory.resolve("attest"), forged);
        assertThatThrownBy(() -> SwtpmProcess.run(directory, "tpm2_checkquote", "-u", "aik.pem", "-m", "attest", "-s",
                "signature", "-q", HexFormat.of().formatHex(BINDING))).hasMessageContaining("tpm2_checkquote");
    }

    @Test
    void quotesMadeWithTpm2ToolsVerifyHere() throws Exception {
        Path other = Files.createDirectories(directory.resolve("tools"));
        try (SwtpmProcess theirs = SwtpmProcess.startTcp(other, directory.resolve("maker"), freePorts())) {
            String tcti = "swtpm:host=127.0.0.1,port="
                    + theirs.address().substring(theirs.address().lastIndexOf(':') + 1);
            SwtpmProcess.run(other, "tpm2_createek", "-T", tcti, "-c", "ek.ctx", "-G", "ecc", "-u", "ek.pub");
            SwtpmProcess.run(other, "tpm2_createak", "-T", tcti, "-C", "ek.ctx", "-c", "ak.ctx", "-G", "ecc", "-g",
                    "sha256", "-s", "ecdsa", "-u", "ak.pub");
            SwtpmProcess.run(other, "tpm2_flushcontext", "-T", tcti, "-t");
            SwtpmProcess.run(other, "tpm2_quote", "-T", tcti, "-c", "ak.ctx", "-l", "sha256:0,7", "-q", "0011", "-m",
                    "attest", "-s", "signature", "-o", "pcrs", "-F", "values", "-g", "sha256");
            byte[] values = Files.readAllBytes(other.resolve("pcrs"));
            TreeMap<Integer, byte[]> pcrs = new TreeMap<>();
            pcrs.put(0, java.util.Arrays.copyOfRange(values, 0, 32));
            pcrs.put(7, java.util.Arrays.copyOfRange(values, 32, 64));
            byte[] sizedPublic = Files.readAllBytes(other.resolve("ak.pub"));
            TpmPublicArea ak = TpmPublicArea.parse(java.util.Arrays.copyOfRange(sizedPublic, 2, sizedPublic.length));
            ak.requireAttestationKey();
            Quote quote = new Quote(Files.readAllBytes(other.resolve("attest")),
                    Files.readAllBytes(other.resolve("signature")), pcrs);
            assertThat(QuoteVerifier.verify(quote, ak.publicKey(), new byte[]{0, 0x11}, PcrSelection.of(0, 7)).pcrs())
                    .containsOnlyKeys(0, 7);
        }
    }

    /** The first of two neighbouring ports that are free now. */
    private static int freePorts() throws java.io.IOException {
        for (int port = 20_000; port < 30_000; port += 2) {
            try (java.net.ServerSocket first = new java.net.ServerSocket(port);
                    java.net.ServerSocket second = new java.net.ServerSocket(port + 1)) {
                return Math.min(first.getLocalPort(), second.getLocalPort());
            } catch (java.net.BindException e) {
                continue;
            }
        }
        throw new java.io.IOException("no two neighbouring ports are free");
    }
}
