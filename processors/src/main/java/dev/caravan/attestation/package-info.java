/** Attestation: evidence that platforms show, and its appraisal by a policy (RFC 9334). */
package dev.caravan.attestation;
