/**
 * The attested session of one migration (routes/docs/how-it-works.md): which keys two agents share and what they are bound to.
 *
 * <p>Pure protocol: no I/O, no TPM, no clock. {@link dev.caravan.session.Handshake} makes and reads the two
 * {@link dev.caravan.session.Hello} messages, says what each platform has to quote, and ends in a
 * {@link dev.caravan.session.Session}.
 */
package dev.caravan.session;
