package dev.caravan.tpm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Signature;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tss.tpm.TPMS_PCR_SELECTION;
import tss.tpm.TPMS_SENSITIVE_CREATE;
import tss.tpm.TPMS_SIG_SCHEME_ECDSA;
import tss.tpm.TPMT_PUBLIC;
import tss.tpm.TPMT_SYM_DEF;
import tss.tpm.TPM_ALG_ID;
import tss.tpm.TPM_HANDLE;
import tss.tpm.TPM_SE;

class TpmTest {
    private static final byte[] BINDING = new byte[32];
    private static final int QUOTE_COMMAND = 0x158;

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
    void anAikIsAnAttestationKeyAndAnAgentKeyIsNone() throws Exception {
        TpmPublicArea.parse(tpm.createAik().publicArea()).requireAttestationKey();
        TpmPublicArea agentKey = TpmPublicArea.parse(tpm.createSigningKey().publicArea());
        agentKey.requireSigningKey();
        assertThatThrownBy(agentKey::requireAttestationKey).hasMessageContaining("not restricted");
    }

    @Test
    void aCredentialOpensOnlyWithTheKeyThatItNames() {
        TpmKey aik = tpm.createAik();
        byte[] secret = "sixteen bytes ok".getBytes(StandardCharsets.US_ASCII);
        Credential credential = CredentialMaker.make(tpm.ekCertificate().getPublicKey(), aik.name(), secret);
        // more often than the TPM has slots: a refusal leaves nothing loaded
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() -> tpm.activateCredential(tpm.createAik(), credential))
                    .isInstanceOf(TpmRefused.class).hasMessageContaining("another key's");
        }
        assertThat(tpm.activateCredential(aik, credential)).isEqualTo(secret);
    }

    @Test
    void anAlteredCredentialDoesNotOpen() {
        TpmKey aik = tpm.createAik();
        Credential good = CredentialMaker.make(tpm.ekCertificate().getPublicKey(), aik.name(), new byte[32]);
        for (int at = 0; at < good.credentialBlob().length; at += 3) {
            byte[] blob = good.credentialBlob().clone();
            blob[at] ^= 0x10;
            assertThatThrownBy(() -> tpm.activateCredential(aik, new Credential(blob, good.encryptedSecret())))
                    .isInstanceOf(TpmFailed.class);
        }
        for (int at = 0; at < good.encryptedSecret().length; at += 16) {
            byte[] secret = good.encryptedSecret().clone();
            secret[at] ^= 0x10;
            assertThatThrownBy(() -> tpm.activateCredential(aik, new Credential(good.credentialBlob(), secret)))
                    .isInstanceOf(TpmFailed.class);
        }
        assertThat(tpm.activateCredential(aik, good)).isEqualTo(new byte[32]);
    }

    @Test
    void messagesSignedWithTheAgentKeyVerify() throws Exception {
        TpmKey key = tpm.createSigningKey();
        byte[] message = "go".getBytes(StandardCharsets.UTF_8);
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initVerify(key.publicKey());
        signature.update(message);
        assertThat(signature.verify(tpm.sign(key, message))).isTrue();
    }

    @Test
    void anAikSignsNoMessages() {
        assertThatThrownBy(() -> tpm.sign(tpm.createAik(), new byte[]{1})).isInstanceOf(TpmRefused.class);
    }

    @Test
    void aKeyInTheSameTpmIsCertified() throws Exception {
        TpmKey aik = tpm.createAik();
        TpmKey key = tpm.createSigningKey();
        // more often than the TPM has slots: nothing stays loaded
        for (int i = 0; i < 4; i++) {
            Certification certification = tpm.certify(aik, key, BINDING);
            assertThat(CertifyVerifier.verify(certification, aik.publicKey(), BINDING, key.publicArea()).publicKey())
                    .isEqualTo(key.publicKey());
        }
        Certification other = tpm.certify(aik, tpm.createSigningKey(), BINDING);
        assertThatThrownBy(() -> CertifyVerifier.verify(other, aik.publicKey(), BINDING, key.publicArea()))
                .hasMessageContaining("its Name differs");
    }

    @Test
    void aKeyWithOtherAttributesThanItHasIsNotCertified() {
        TpmKey aik = tpm.createAik();
        TpmKey key = tpm.createSigningKey();
        byte[] claimed = key.publicArea().clone();
        claimed[6] ^= 1;
        assertThatThrownBy(() -> tpm.certify(aik, new TpmKey(claimed, key.privateBlob()), BINDING))
                .isInstanceOf(TpmRefused.class);
    }

    /** TPM2_LoadExternal takes any public area, with any attributes; without a private part it cannot be certified. */
    @Test
    void aPublicAreaThatSoftwareMadeUpIsNotCertified() throws Exception {
        TpmKey aik = tpm.createAik();
        byte[] claimed = TpmPublicAreaTest.area(TpmPublicAreaTest.SIGNING_KEY);
        tpm.close();
        try (TpmTransport transport = DeviceAddress.parse(swtpm.address()).connect();
                TpmCommands commands = new TpmCommands(transport)) {
            tss.Tpm raw = new tss.Tpm();
            raw._setDevice(new TssDevice(transport));
            TPM_HANDLE external = raw.LoadExternal(null, TPMT_PUBLIC.fromBytes(claimed), TPM_HANDLE.NULL);
            commands.withLoaded(aik, handle -> {
                assertThatThrownBy(() -> raw.Certify(external, handle, BINDING,
                        new TPMS_SIG_SCHEME_ECDSA(TPM_ALG_ID.SHA256))).isInstanceOf(TpmRefused.class);
                return null;
            });
            raw.FlushContext(external);
        } finally {
            tpm = Tpm.open(swtpm.address());
        }
    }

    @Test
    void extendingAPcrChangesWhatIsQuoted() throws Exception {
        TpmKey aik = tpm.createAik();
        PcrSelection pcr = PcrSelection.of(16);
        byte[] before = tpm.readPcrs(pcr).get(16);
        byte[] digest = Sha256.of(new byte[]{1});
        tpm.extendPcr(16, digest);
        VerifiedQuote quote = QuoteVerifier.verify(tpm.quote(aik, BINDING, pcr), aik.publicKey(), BINDING, pcr);
        assertThat(quote.pcrs().get(16)).isEqualTo(Sha256.of(before, digest));
    }

    @Test
    void twoQuotesOfOneBootBelongTogether() throws Exception {
        TpmKey aik = tpm.createAik();
        PcrSelection pcrs = PcrSelection.of(IntStream.range(0, 24).boxed().toList());
        VerifiedQuote first = QuoteVerifier.verify(tpm.quote(aik, BINDING, pcrs), aik.publicKey(), BINDING, pcrs);
        QuoteVerifier.verify(tpm.quote(aik, BINDING, pcrs), aik.publicKey(), BINDING, pcrs)
                .requireUnchangedSince(first);
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
    void keysAreOfNoUseToAnotherTpm() throws Exception {
        Path other = Files.createDirectories(directory.resolve("other"));
        TpmKey aik = tpm.createAik();
        try (SwtpmProcess theirs = SwtpmProcess.startTcp(other, directory.resolve("maker"));
                Tpm another = Tpm.open(theirs.address())) {
            assertThatThrownBy(() -> another.quote(aik, BINDING, PcrSelection.of(0))).isInstanceOf(TpmRefused.class)
                    .hasMessageContaining("another TPM's");
            TpmKey theirAik = another.createAik();
            assertThatThrownBy(() -> another.certify(theirAik, tpm.createSigningKey(), BINDING))
                    .isInstanceOf(TpmRefused.class).hasMessageContaining("another TPM's");
        }
    }

    @Test
    void whatAKilledUserLeftLoadedIsFlushed() throws Exception {
        Path other = Files.createDirectories(directory.resolve("left"));
        try (SwtpmProcess full = SwtpmProcess.start(other, directory.resolve("maker"))) {
            try (TpmTransport killed = DeviceAddress.parse(full.address()).connect()) {
                tss.Tpm commands = new tss.Tpm();
                commands._setDevice(new TssDevice(killed));
                for (int i = 0; i < 3; i++) {
                    commands.CreatePrimary(TPM_HANDLE.OWNER, new TPMS_SENSITIVE_CREATE(new byte[0], new byte[0]),
                            KeyTemplates.storageRootKey(), new byte[0], new TPMS_PCR_SELECTION[0]);
                    commands.StartAuthSession(TPM_HANDLE.NULL, TPM_HANDLE.NULL, new byte[16], new byte[0],
                            TPM_SE.POLICY, new TPMT_SYM_DEF(TPM_ALG_ID.NULL, 0, TPM_ALG_ID.NULL), TPM_ALG_ID.SHA256);
                }
            }
            try (Tpm next = Tpm.open(full.address())) {
                TpmKey aik = next.createAik();
                Credential credential = CredentialMaker.make(next.ekCertificate().getPublicKey(), aik.name(),
                        new byte[]{1});
                assertThat(next.activateCredential(aik, credential)).containsExactly(1);
            }
        }
    }

    @Test
    void aPcrThatChangesMeanwhileIsQuotedAgain() throws Exception {
        Path other = Files.createDirectories(directory.resolve("busy"));
        try (SwtpmProcess busy = SwtpmProcess.start(other, directory.resolve("maker"))) {
            AtomicInteger changes = new AtomicInteger(2);
            try (Tpm measured = Tpm.open("busy", () -> extending(busy, changes), Duration.ofSeconds(30))) {
                TpmKey aik = measured.createAik();
                PcrSelection pcr = PcrSelection.of(10);
                Quote quote = measured.quote(aik, BINDING, pcr);
                QuoteVerifier.verify(quote, aik.publicKey(), BINDING, pcr);
                changes.set(Integer.MAX_VALUE);
                assertThatThrownBy(() -> measured.quote(aik, BINDING, pcr)).isInstanceOf(TpmFailed.class)
                        .hasMessageContaining("change faster");
            }
        }
    }

    /** A connection on which PCR 10 is extended just before a quote, as the kernel does for what it loads. */
    private static TpmTransport extending(SwtpmProcess swtpm, AtomicInteger changes) throws IOException {
        TpmTransport real = DeviceAddress.parse(swtpm.address()).connect();
        return new TpmTransport() {
            @Override
            public byte[] exchange(byte[] command) throws IOException {
                if (ByteBuffer.wrap(command).getInt(6) == QUOTE_COMMAND && changes.getAndDecrement() > 0) {
                    new TpmCommands(real).extendPcr(10, new byte[32]);
                }
                return real.exchange(command);
            }

            @Override
            public void close() throws IOException {
                real.close();
            }
        };
    }
}
