package dev.caravan.authority;

import dev.caravan.authority.EnrolmentRequest.Challenge;
import dev.caravan.tpm.Credential;
import dev.caravan.tpm.Tpm;
import dev.caravan.tpm.TpmKey;
import java.security.GeneralSecurityException;

/** A platform that enrols with the TPM that it has, as the agent's route does. */
public record TestPlatform(String name, Tpm tpm, PlatformIdentity identity) {

    /** What it shows first. */
    public EnrolmentRequest request() throws GeneralSecurityException {
        return request(identity.agentKey().publicArea());
    }

    EnrolmentRequest request(byte[] agentKeyPublic) throws GeneralSecurityException {
        return EnrolmentRequest.enrol(name, tpm.ekCertificate().getEncoded(), identity.aik().publicArea(),
                agentKeyPublic);
    }

    /** Its answer to a challenge. */
    public EnrolmentRequest answer(Challenge challenge) {
        return answer(challenge, identity.aik(), identity.agentKey());
    }

    /** An answer with the certification of whatever key by whatever AIK. */
    EnrolmentRequest answer(Challenge challenge, TpmKey certifying, TpmKey certified) {
        byte[] secret = secret(challenge);
        return EnrolmentRequest.activate(challenge.id(), secret,
                tpm.certify(certifying, certified, challenge.binding(name, secret)));
    }

    byte[] secret(Challenge challenge) {
        return tpm.activateCredential(identity.aik(),
                new Credential(challenge.credentialBlob(), challenge.encryptedSecret()));
    }
}
