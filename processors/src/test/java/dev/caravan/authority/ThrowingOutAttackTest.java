package dev.caravan.authority;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.caravan.authority.HardwareAuthority.Proven;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever was thrown out, or comes by an admission that is not meant for it, tries to be let in all the same. */
class ThrowingOutAttackTest {
    private static final Duration DAY = Duration.ofDays(1);

    @TempDir
    Path directory;
    private CertificateAuthority makers;
    private CertificateAuthority hardwareCa;
    private OwnerAuthority owner;
    private HardwareAuthority hardware;
    private Instant now = Instant.now();

    /** A machine with a TPM of its own. */
    private record Machine(X509Certificate ek, KeyPair aik, KeyPair agentKey) {
        Proven as(String name) {
            return new Proven(name, ek, aik.getPublic(), agentKey.getPublic());
        }
    }

    /** What an enrolled host has. */
    private record Enrolled(X509Certificate aik, X509Certificate platform) {
    }

    @BeforeEach
    void found() throws Exception {
        makers = new CertificateAuthority(directory.resolve("makers"), "Makers");
        hardwareCa = new CertificateAuthority(directory.resolve("hardware"), "Hardware");
        hardware = new HardwareAuthority(hardwareCa, null, null);
        owner = new OwnerAuthority(new CertificateAuthority(directory.resolve("owner"), "Owner"), () -> now);
    }

    private Machine machine() throws Exception {
        return new Machine(
                makers.issue("tpm", CertificateAuthority.newKey().getPublic(), CertificateRole.AIK, null),
                CertificateAuthority.newKey(), CertificateAuthority.newKey());
    }

    private static EnrolmentRequest admission(String name, Machine machine, boolean replace) {
        return EnrolmentRequest.admit(name, OwnerAuthority.fingerprint(machine.ek()), replace, DAY);
    }

    private Enrolled enrol(String name, Machine machine) throws Exception {
        X509Certificate platform = owner.certify(machine.as(name));
        return new Enrolled(hardware.certify(machine.as(name)), platform);
    }

    private Enrolled admitAndEnrol(String name, Machine machine) throws Exception {
        owner.admit(admission(name, machine, false), "anna");
        return enrol(name, machine);
    }

    /** What another process does that opens the same directories. */
    private Authorities elsewhere() throws Exception {
        return new Authorities(new CertificateAuthority(directory.resolve("hardware"), "Hardware"),
                new OwnerAuthority(new CertificateAuthority(directory.resolve("owner"), "Owner")));
    }

    private void assertRevoked(X509Certificate certificate, CertificateAuthority authority, CertificateRole role)
            throws Exception {
        CertificateVerifier verifier = new CertificateVerifier(authority.certificate(), authority.crl());
        assertThatThrownBy(() -> verifier.verify(certificate, role)).isInstanceOf(CertificateRejected.class)
                .hasMessageContaining("was revoked");
    }

    private void assertGood(Enrolled enrolled) throws Exception {
        new CertificateVerifier(hardwareCa.certificate(), hardwareCa.crl()).verify(enrolled.aik(),
                CertificateRole.AIK);
        new CertificateVerifier(owner.authority().certificate(), owner.authority().crl()).verify(enrolled.platform(),
                CertificateRole.PLATFORM);
    }

    private void assertRevoked(Enrolled enrolled) throws Exception {
        assertRevoked(enrolled.aik(), hardwareCa, CertificateRole.AIK);
        assertRevoked(enrolled.platform(), owner.authority(), CertificateRole.PLATFORM);
    }

    @Test
    void aHostThatAnotherProcessThrewOutHasNothingLeft() throws Exception {
        Machine machine = machine();
        Enrolled alpha = admitAndEnrol("alpha", machine);
        Enrolled beta = admitAndEnrol("beta", machine());
        owner.admit(admission("alpha", machine, false), "anna");

        assertThat(elsewhere().revoke("alpha")).extracting(IssuedCertificate::role)
                .containsExactlyInAnyOrder(CertificateRole.AIK, CertificateRole.PLATFORM);
        assertRevoked(alpha);
        assertGood(beta);
        assertThatThrownBy(() -> enrol("alpha", machine)).isInstanceOf(EnrolmentRefused.class)
                .hasMessageContaining("no operator admitted platform alpha");
        assertThat(elsewhere().revoke("alpha")).isEmpty();
    }

    @Test
    void anOperatorThatIsThrownOutHasNoCertificateAndAdmittedNobody() throws Exception {
        X509Certificate first = owner.issueOperator("mallory", directory.resolve("first"));
        X509Certificate second = owner.issueOperator("mallory", directory.resolve("second"));
        Machine machine = machine();
        owner.admit(admission("gamma", machine, false), "mallory");

        assertThat(elsewhere().revoke("mallory")).hasSize(2);
        assertRevoked(first, owner.authority(), CertificateRole.OPERATOR);
        assertRevoked(second, owner.authority(), CertificateRole.OPERATOR);
        assertThatThrownBy(() -> enrol("gamma", machine)).hasMessageContaining("no operator admitted");
    }

    @Test
    void aSerialNumberIsRevokedAloneAndAnUnknownOneIsSaid() throws Exception {
        Enrolled alpha = admitAndEnrol("alpha", machine());
        elsewhere().revoke(alpha.aik().getSerialNumber().toString(16));
        assertRevoked(alpha.aik(), hardwareCa, CertificateRole.AIK);
        new CertificateVerifier(owner.authority().certificate(), owner.authority().crl()).verify(alpha.platform(),
                CertificateRole.PLATFORM);
        assertThatThrownBy(() -> elsewhere().revoke("alhpa")).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("\"alhpa\" is no host, operator or serial number");
    }

    @Test
    void theLedgerShowsWhatWasIssuedAndRevoked() throws Exception {
        Machine machine = machine();
        admitAndEnrol("alpha", machine);
        owner.issueOperator("anna", directory.resolve("anna"));
        elsewhere().revoke("anna");
        assertThat(elsewhere().issued())
                .extracting(IssuedCertificate::role, IssuedCertificate::subject, IssuedCertificate::ekSha256,
                        IssuedCertificate::reason)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(CertificateRole.AIK, "alpha",
                                OwnerAuthority.fingerprint(machine.ek()), null),
                        org.assertj.core.groups.Tuple.tuple(CertificateRole.PLATFORM, "alpha",
                                OwnerAuthority.fingerprint(machine.ek()), null),
                        org.assertj.core.groups.Tuple.tuple(CertificateRole.OPERATOR, "anna", null,
                                RevocationReason.WITHDRAWN));
    }

    @Test
    void enrollingAgainRevokesWhatTheHostHadBefore() throws Exception {
        Machine machine = machine();
        Enrolled before = admitAndEnrol("alpha", machine);
        Enrolled after = admitAndEnrol("alpha", machine);
        assertRevoked(before);
        assertGood(after);
    }

    @Test
    void anotherMachineTakesANameOnlyByAnAdmissionThatSaysSo() throws Exception {
        Enrolled alpha = admitAndEnrol("alpha", machine());
        Machine other = machine();
        assertThatThrownBy(() -> owner.admit(admission("alpha", other, false), "anna"))
                .isInstanceOf(EnrolmentRefused.class).hasMessageContaining("alpha is known with EK certificate")
                .hasMessageContaining("--replace");
        assertGood(alpha);

        owner.admit(admission("alpha", other, true), "anna");
        assertGood(enrol("alpha", other));
        assertRevoked(alpha);
    }

    @Test
    void aNameThatWasThrownOutIsStillKnown() throws Exception {
        admitAndEnrol("alpha", machine());
        elsewhere().revoke("alpha");
        assertThatThrownBy(() -> owner.admit(admission("alpha", machine(), false), "anna"))
                .hasMessageContaining("is known with EK certificate");
    }

    @Test
    void oneMachineIsNotTwoHosts() throws Exception {
        Machine machine = machine();
        admitAndEnrol("alpha", machine);
        assertThatThrownBy(() -> owner.admit(admission("beta", machine, true), "anna"))
                .isInstanceOf(EnrolmentRefused.class).hasMessageContaining("is that of alpha");
    }

    @Test
    void aHostAndAnOperatorHaveDifferentNames() throws Exception {
        owner.issueOperator("anna", directory.resolve("anna"));
        admitAndEnrol("alpha", machine());
        assertThatThrownBy(() -> owner.admit(admission("anna", machine(), true), "anna"))
                .hasMessageContaining("an operator certificate");
        assertThatThrownBy(() -> owner.issueOperator("alpha", directory.resolve("alpha")))
                .hasMessageContaining("the name of a host");
    }

    @Test
    void anAdmissionHoldsForOneEnrolment() throws Exception {
        Machine machine = machine();
        Enrolled alpha = admitAndEnrol("alpha", machine);
        assertThatThrownBy(() -> enrol("alpha", machine)).isInstanceOf(EnrolmentRefused.class)
                .hasMessageContaining("its admission was used or has expired");
        assertGood(alpha);
    }

    @Test
    void aRepeatedAdmissionIsRefusedEvenIfItWasUsedOrTakenBack() throws Exception {
        Machine machine = machine();
        EnrolmentRequest captured = admission("alpha", machine, false);
        owner.admit(captured, "anna");
        enrol("alpha", machine);
        elsewhere().revoke("alpha");
        assertThatThrownBy(() -> owner.admit(captured, "anna")).isInstanceOf(EnrolmentRefused.class)
                .hasMessageContaining("was taken before");
        assertThatThrownBy(() -> enrol("alpha", machine)).isInstanceOf(EnrolmentRefused.class);
    }

    @Test
    void anAdmissionHoldsForALimitedTime() throws Exception {
        Machine machine = machine();
        owner.admit(admission("alpha", machine, false), "anna");
        EnrolmentRequest withheld = admission("beta", machine(), false);
        now = now.plus(DAY).plusSeconds(60);
        assertThatThrownBy(() -> enrol("alpha", machine)).hasMessageContaining("has expired");
        assertThatThrownBy(() -> owner.admit(withheld, "anna")).hasMessageContaining("expiresAt is ");
    }

    @Test
    void anAdmissionWithoutBoundsOrIdentityIsRefused() throws Exception {
        Machine machine = machine();
        String ek = OwnerAuthority.fingerprint(machine.ek());
        List.of(admit(null, ek, now, now.plus(DAY)), admit(UUID.randomUUID(), ek, null, now.plus(DAY)),
                admit(UUID.randomUUID(), ek, now, null),
                admit(UUID.randomUUID(), ek, now, now.plus(Duration.ofDays(8))),
                admit(UUID.randomUUID(), ek, now, now.minusSeconds(1)),
                admit(UUID.randomUUID(), ek, now.plus(DAY), now.plus(DAY).plusSeconds(60)),
                admit(UUID.randomUUID(), null, now, now.plus(DAY)))
                .forEach(bad -> assertThatThrownBy(() -> owner.admit(bad, "anna")).as(bad.toString())
                        .isInstanceOf(EnrolmentRefused.class));
    }

    private static EnrolmentRequest admit(UUID id, String ek, Instant issued, Instant expires) {
        return EnrolmentRequest.parse(EnrolmentRequest.toJson(
                new EnrolmentRequest("admit", id, "alpha", null, null, null, null, null, null, ek, null, issued,
                        expires)));
    }

    @Test
    void twoProcessesThatRevokeAtOnceLoseNothing() throws Exception {
        List<X509Certificate> certificates = new java.util.ArrayList<>();
        for (int i = 0; i < 8; i++) {
            certificates.add(owner.issueOperator("operator-" + i, directory.resolve("operator-" + i)));
        }
        CompletableFuture.allOf(certificates.stream().map(certificate -> CompletableFuture.runAsync(() -> {
            try {
                elsewhere().revoke(CertificateVerifier.name(certificate));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        })).toArray(CompletableFuture[]::new)).join();
        X509CRL list = owner.authority().crl();
        assertThat(certificates).allMatch(list::isRevoked);
    }

    @Test
    void anOlderRevocationListIsNotTakenForANewer() throws Exception {
        X509Certificate mallory = owner.issueOperator("mallory", directory.resolve("mallory"));
        X509CRL old = owner.authority().crl();
        TrustStore trust = elsewhere().publish(directory.resolve("trust"));
        elsewhere().revoke("mallory");
        elsewhere().publish(directory.resolve("trust"));
        assertThatThrownBy(() -> trust.update(hardwareCa.certificate(), hardwareCa.crl(),
                owner.authority().certificate(), old)).isInstanceOf(CertificateRejected.class)
                .hasMessageContaining("an old list was shown instead of the newest");
        assertThatThrownBy(() -> trust.owner().verify(mallory, CertificateRole.OPERATOR))
                .hasMessageContaining("was revoked");
    }

    @Test
    void anAuthorityWhoseLedgerIsGoneDoesNotStart() throws Exception {
        owner.authority().revoke(BigInteger.TEN);
        for (String file : List.of("ledger.db", "ledger.db-wal", "ledger.db-shm")) {
            Files.deleteIfExists(directory.resolve("owner").resolve(file));
        }
        assertThatThrownBy(() -> new CertificateAuthority(directory.resolve("owner"), "Owner"))
                .hasMessageContaining("is not the ledger of the authority");
    }
}
