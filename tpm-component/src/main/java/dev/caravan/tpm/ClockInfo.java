package dev.caravan.tpm;

/**
 * What a TPM says of its clock and its boots in everything that it attests (TPMS_CLOCK_INFO; TPM 2.0 Part 2, 10.11.1).
 *
 * @param clock        milliseconds that the TPM was powered, by its clock
 * @param resetCount   TPM resets, obfuscated per key for an AIK outside the endorsement hierarchy: compare only between
 *                     attestations by one key
 * @param restartCount TPM restarts and resumes since the last reset, obfuscated in the same way
 * @param safe         whether the TPM warrants that it never reported a greater {@code clock}; not so for a while after
 *                     it lost power without TPM2_Shutdown (until its clock was next stored, 70 minutes at most)
 */
public record ClockInfo(long clock, int resetCount, int restartCount, boolean safe) {

    static ClockInfo read(WireReader reader, String what) throws QuoteRejected {
        long clock = reader.u64();
        int resetCount = reader.u32();
        int restartCount = reader.u32();
        int safe = reader.u8();
        if (safe > 1) {
            throw new QuoteRejected(what + "'s clock information is malformed");
        }
        return new ClockInfo(clock, resetCount, restartCount, safe == 1);
    }
}
