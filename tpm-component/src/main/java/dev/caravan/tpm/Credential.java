package dev.caravan.tpm;

/**
 * A secret that only the TPM with a certain EK can open, and only if it also holds a key of a certain Name.
 *
 * @param credentialBlob  contents of TPM2B_ID_OBJECT: TPM2B integrity HMAC, then the encrypted secret
 * @param encryptedSecret contents of TPM2B_ENCRYPTED_SECRET: the seed, encrypted to the EK
 */
public record Credential(byte[] credentialBlob, byte[] encryptedSecret) {
}
