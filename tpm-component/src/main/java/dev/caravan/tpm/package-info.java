/** The Camel component {@code tpm:}: enrolment and attestation with a TPM 2.0. It knows nothing of migration. */
package dev.caravan.tpm;
