package dev.caravan.tpm;

/**
 * The TPMS_ATTEST of TPM2_Certify with its TPMS_CERTIFY_INFO (TPM 2.0 Part 2, 10.12.3), parsed but not judged. The
 * object's qualifiedName, which names its ancestors, is left out: whose they are nobody has proved.
 *
 * @param common what every attestation has
 * @param name   Name of the object that was certified
 */
record CertifyAttestation(Attestation common, byte[] name) {

    /** The name in reasons. */
    static final String WHAT = "the certification";

    static CertifyAttestation parse(byte[] attest) throws QuoteRejected {
        Attestation common = Attestation.of(attest, Attestation.TPM_ST_ATTEST_CERTIFY, WHAT);
        WireReader reader = common.attested();
        byte[] name = reader.sized(Attestation.MAX_NAME_BYTES);
        reader.sized(Attestation.MAX_NAME_BYTES);
        reader.requireEnd();
        return new CertifyAttestation(common, name);
    }
}
