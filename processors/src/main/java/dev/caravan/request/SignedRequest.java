package dev.caravan.request;

/**
 * A request as an operator sent it: what the source shows the destination, which verifies it too.
 *
 * @param bytes       exactly what was signed
 * @param signature   the operator's, Base64 of DER
 * @param certificate the operator's, Base64 of DER
 */
public record SignedRequest(byte[] bytes, String signature, String certificate) {
}
