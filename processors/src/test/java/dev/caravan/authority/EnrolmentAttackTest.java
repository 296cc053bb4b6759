package dev.caravan.authority;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.authority.EnrolmentRequest.Challenge;
import dev.caravan.tpm.Certification;
import dev.caravan.tpm.SwtpmProcess;
import dev.caravan.tpm.Tpm;
import dev.caravan.tpm.TpmKey;
import dev.caravan.tpm.TpmPublicArea;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Clock;
import java.util.UUID;
import org.bouncycastle.util.BigIntegers;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Agent keys that are not in the TPM of the AIK. The attacker is root on an admitted platform with a genuine TPM, or the
 * broker that carries the enrolment: the EK certificate, the AIK and the answer to the challenge are genuine.
 */
class EnrolmentAttackTest {
    private static final int COORDINATES_BYTES = 2 * (2 + 32);

    @TempDir
    static Path directory;
    private static SwtpmProcess swtpm;
    private static SwtpmProcess otherSwtpm;
    private static Tpm tpm;
    private static Tpm otherTpm;
    private static HardwareAuthority hardware;
    private static OwnerAuthority owner;
    private static TestPlatform platform;

    @BeforeAll
    static void found() throws Exception {
        Path maker = directory.resolve("maker");
        swtpm = SwtpmProcess.start(Files.createDirectories(directory.resolve("tpm")), maker);
        otherSwtpm = SwtpmProcess.start(Files.createDirectories(directory.resolve("other")), maker);
        tpm = Tpm.open(swtpm.address());
        otherTpm = Tpm.open(otherSwtpm.address());
        Path makers = Files.createDirectories(directory.resolve("makers"));
        int i = 0;
        for (X509Certificate certificate : swtpm.makerCertificates(maker)) {
            Pem.write(makers.resolve(i++ + ".pem"), certificate);
        }
        hardware = new HardwareAuthority(new CertificateAuthority(directory.resolve("hardware"), "Hardware"),
                new EndorsementChecker(makers), Clock.systemUTC());
        owner = new OwnerAuthority(new CertificateAuthority(directory.resolve("owner"), "Owner"));
        platform = new TestPlatform("alpha", tpm, PlatformIdentity.openOrCreate(directory.resolve("identity"), tpm));
        owner.admit(EnrolmentRequest.admit("alpha", OwnerAuthority.fingerprint(tpm.ekCertificate()), false,
                OwnerAuthority.ADMISSION_LIFETIME), "alice");
    }

    @AfterAll
    static void stop() throws Exception {
        for (AutoCloseable open : new AutoCloseable[]{tpm, otherTpm, swtpm, otherSwtpm}) {
            if (open != null) {
                open.close();
            }
        }
    }

    @Test
    void theKeyThatTheTpmHoldsIsCertified() throws Exception {
        assertThat(owner.certify(hardware.activate(platform.answer(hardware.challenge(platform.request()))))
                .getPublicKey()).isEqualTo(platform.identity().agentKey().publicKey());
    }

    @Test
    void aSoftwareKeyWithClaimedAttributesIsRefused() throws Exception {
        byte[] claimed = claimed(CertificateAuthority.newKey());
        TpmPublicArea.parse(claimed).requireSigningKey();
        // the best that the TPM gives is the certification of a key that it has
        assertRefused(platform.answer(hardware.challenge(platform.request(claimed))), "its Name differs");
    }

    @Test
    void aSoftwareKeyThatCertifiesItselfIsRefused() throws Exception {
        KeyPair software = CertificateAuthority.newKey();
        byte[] claimed = claimed(software);
        Challenge challenge = hardware.challenge(platform.request(claimed));
        byte[] attest = platform.answer(challenge).certification();
        byte[] name = TpmPublicArea.parse(claimed).name();
        byte[] real = platform.identity().agentKey().name();
        System.arraycopy(name, 0, attest, indexOf(attest, real), name.length);
        EnrolmentRequest forged = EnrolmentRequest.activate(challenge.id(), platform.secret(challenge),
                new Certification(attest, tpmtSignature(software, attest)));
        assertRefused(forged, "not signed by the platform's AIK");
    }

    @Test
    void aKeyInAnotherTpmIsRefused() throws Exception {
        TpmKey theirAik = otherTpm.createAik();
        TpmKey theirKey = otherTpm.createSigningKey();
        Challenge challenge = hardware.challenge(platform.request(theirKey.publicArea()));
        byte[] secret = platform.secret(challenge);
        EnrolmentRequest answer = EnrolmentRequest.activate(challenge.id(), secret,
                otherTpm.certify(theirAik, theirKey, challenge.binding("alpha", secret)));
        assertRefused(answer, "not signed by the platform's AIK");
    }

    @Test
    void anotherAikOfTheSameTpmDoesNotCertify() throws Exception {
        assertRefused(platform.answer(hardware.challenge(platform.request()), tpm.createAik(),
                platform.identity().agentKey()), "not signed by the platform's AIK");
    }

    @Test
    void aBrokerThatPutsItsOwnKeyIntoTheRequestGetsNoCertificate() throws Exception {
        EnrolmentRequest sent = platform.request();
        EnrolmentRequest swapped = EnrolmentRequest.enrol(sent.platform(), sent.ekCertificate(), sent.aikPublic(),
                claimed(CertificateAuthority.newKey()));
        assertRefused(platform.answer(hardware.challenge(swapped)), "its Name differs");
    }

    @Test
    void aBrokerThatRenamesThePlatformGetsNoCertificate() throws Exception {
        EnrolmentRequest sent = platform.request();
        EnrolmentRequest renamed = EnrolmentRequest.enrol("renamed", sent.ekCertificate(), sent.aikPublic(),
                sent.agentKeyPublic());
        assertRefused(platform.answer(hardware.challenge(renamed)), "extraData");
    }

    @Test
    void theCertificationOfAnotherEnrolmentIsRefused() throws Exception {
        EnrolmentRequest earlier = platform.answer(hardware.challenge(platform.request()));
        Challenge challenge = hardware.challenge(platform.request());
        EnrolmentRequest replayed = EnrolmentRequest.activate(challenge.id(), platform.secret(challenge),
                new Certification(earlier.certification(), earlier.signature()));
        assertRefused(replayed, "extraData");
    }

    @Test
    void anAnswerWithoutACertificationIsRefused() throws Exception {
        Challenge challenge = hardware.challenge(platform.request());
        EnrolmentRequest whole = platform.answer(challenge);
        assertRefused(bare(challenge.id(), whole.secret(), null, whole.signature()), "no certification");
        challenge = hardware.challenge(platform.request());
        whole = platform.answer(challenge);
        assertRefused(bare(challenge.id(), whole.secret(), whole.certification(), null), "no certification");
    }

    @Test
    void anAgentKeyThatIsAnAikIsRefused() {
        assertThatThrownBy(() -> hardware.challenge(platform.request(tpm.createAik().publicArea())))
                .isInstanceOf(EnrolmentRefused.class).hasMessageContaining("restricted");
    }

    private static void assertRefused(EnrolmentRequest answer, String reason) {
        EnrolmentRequest received = EnrolmentRequest.parse(EnrolmentRequest.toJson(answer));
        assertThatThrownBy(() -> hardware.activate(received)).isInstanceOf(EnrolmentRefused.class)
                .hasMessageContaining("agent key").hasMessageContaining(reason);
    }

    private static EnrolmentRequest bare(UUID id, byte[] secret, byte[] certification, byte[] signature) {
        return new EnrolmentRequest("activate", id, null, null, null, null, secret, certification, signature, null,
                null, null, null);
    }

    /** The agent key's public area, attributes and all, with another key in it. */
    private static byte[] claimed(KeyPair software) {
        byte[] area = platform.identity().agentKey().publicArea().clone();
        ECPublicKey key = (ECPublicKey) software.getPublic();
        ByteBuffer.wrap(area).position(area.length - COORDINATES_BYTES)
                .putShort((short) 32).put(BigIntegers.asUnsignedByteArray(32, key.getW().getAffineX()))
                .putShort((short) 32).put(BigIntegers.asUnsignedByteArray(32, key.getW().getAffineY()));
        return area;
    }

    private static byte[] tpmtSignature(KeyPair key, byte[] message) throws Exception {
        Signature signer = Signature.getInstance("SHA256withECDSAinP1363Format");
        signer.initSign(key.getPrivate());
        signer.update(message);
        byte[] rs = signer.sign();
        return ByteBuffer.allocate(8 + rs.length).putShort((short) 0x18).putShort((short) 0x0b)
                .putShort((short) 32).put(rs, 0, 32).putShort((short) 32).put(rs, 32, 32).array();
    }

    private static int indexOf(byte[] bytes, byte[] part) {
        for (int at = 0; at <= bytes.length - part.length; at++) {
            if (ByteBuffer.wrap(bytes, at, part.length).equals(ByteBuffer.wrap(part))) {
                return at;
            }
        }
        throw new AssertionError("the certification does not hold the key's Name");
    }
}
