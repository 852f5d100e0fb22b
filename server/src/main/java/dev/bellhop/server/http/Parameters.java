// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.http;

import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import dev.bellhop.server.failure.FieldFault;
import dev.bellhop.server.failure.FieldFault.Fault;
import dev.bellhop.server.vm.Decimal;
import dev.bellhop.server.vm.VmId;
import java.util.List;
import java.util.Optional;

/** Reads what stands in paths and query strings. */
final class Parameters {
    private Parameters() {}

    /** The vmid in the path. */
    static VmId vmid(Call call) {
        return VmId.parse(call.pathParameter("vmid"))
                .orElseThrow(() -> new BellhopException(
                        ErrorCode.INVALID_REQUEST, "Cannot use this vmid; it has to be an integer of 1 or more"));
    }

    /** The pid in the query, which in v1 may be left out. Digits that no guest gives for a pid are 0. */
    static Optional<Long> pid(Call call) {
        return call.query("pid").map(text -> {
            if (text.isEmpty() || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
                throw new BellhopException(
                        ErrorCode.INVALID_REQUEST,
                        "Cannot use this pid; it has to be digits, as returned when the command was started");
            }
            return Decimal.positive(text).orElse(0L);
        });
    }

    /** An integer in the query, within bounds. */
    static Optional<Long> integer(Call call, String name, long least, long most) {
        return call.query(name)
                .map(text -> number(text)
                        .filter(value -> value >= least && value <= most)
                        .orElseThrow(() -> new BellhopException(
                                "Cannot use the query parameter '" + name + "'",
                                List.of(new FieldFault(
                                        name, "An integer from " + least + " to " + most, Fault.OUT_OF_RANGE)))));
    }

    private static Optional<Long> number(String text) {
        return text.equals("0") ? Optional.of(0L) : Decimal.positive(text);
    }
}
