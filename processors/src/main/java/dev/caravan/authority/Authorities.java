package dev.caravan.authority;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Both authorities' ledgers together: who has what, and how to take all of it away. */
public final class Authorities {
    private final CertificateAuthority hardware;
    private final OwnerAuthority owner;

    public Authorities(CertificateAuthority hardware, OwnerAuthority owner) {
        this.hardware = hardware;
        this.owner = owner;
    }

    /** Everything that both have issued. */
    public List<IssuedCertificate> issued() {
        return Stream.of(hardware, owner.authority()).flatMap(authority -> authority.ledger().all().stream()).toList();
    }

    /**
     * Revokes everything that a platform or an operator was given, admissions included, or one certificate by its serial
     * number in hexadecimal. Both authorities' revocation lists say so when this returns.
     *
     * @return what was revoked now: nothing if all of it was revoked before
     * @throws IllegalArgumentException if neither ledger knows the name or number
     */
    public List<IssuedCertificate> revoke(String who) throws IOException {
        List<IssuedCertificate> revoked = new ArrayList<>();
        boolean known = owner.withdraw(who);
        for (CertificateAuthority authority : List.of(owner.authority(), hardware)) {
            List<IssuedCertificate> theirs = authority.ledger().issuedTo(who);
            if (theirs.isEmpty()) {
                theirs = authority.ledger().find(who).stream().toList();
            }
            known |= !theirs.isEmpty();
            List<IssuedCertificate> valid = theirs.stream().filter(issued -> issued.revokedAt() == null).toList();
            authority.revoke(valid.stream().map(issued -> new BigInteger(issued.serial(), 16)).toList(),
                    RevocationReason.WITHDRAWN);
            revoked.addAll(valid);
        }
        if (!known) {
            throw new IllegalArgumentException("\"" + who
                    + "\" is no host, operator or serial number in the authorities' ledgers; caravan authority list shows all");
        }
        return revoked;
    }

    /** Writes both authorities' certificates and revocation lists into {@code directory}. */
    public TrustStore publish(Path directory) throws IOException {
        TrustStore trust = new TrustStore(directory);
        try {
            trust.update(hardware.certificate(), hardware.crl(), owner.authority().certificate(),
                    owner.authority().crl());
            return trust;
        } catch (CertificateRejected e) {
            throw new IOException("the authorities are not those whose certificates are in " + directory + ": "
                    + e.getMessage(), e);
        }
    }
}
