// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.server.cluster.node;

import dev.bellhop.server.cluster.WireFormatException;
import dev.bellhop.server.cluster.message.Answer;
import dev.bellhop.server.failure.BellhopException;
import dev.bellhop.server.failure.ErrorCode;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is answered where an order fails: what its caller may be told, and nothing of what it held. */
public final class OrderFailures {
    private static final Logger log = LoggerFactory.getLogger(OrderFailures.class);

    private OrderFailures() {}

    /** Carries an order out. */
    public static Answer answer(String kind, Supplier<Answer> order) {
        try {
            return order.get();
        } catch (BellhopException e) {
            return Answer.refused(e);
        } catch (WireFormatException e) {
            return refused(ErrorCode.INVALID_REQUEST, String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            log.error("Cannot carry out the order {}", kind, e);
            return refused(
                    ErrorCode.INTERNAL_ERROR,
                    "Cannot do this because of a fault in Bellhop; the log of the VM's node tells more");
        }
    }

    /** A later release has it. */
    static Answer unknown() {
        return refused(
                ErrorCode.NOT_IMPLEMENTED,
                "Cannot do this because the VM's node runs an older version that does not know it; upgrade the node");
    }

    private static Answer refused(ErrorCode code, String why) {
        return Answer.refused(new BellhopException(code, why));
    }
}
