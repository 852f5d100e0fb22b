// SPDX-License-Identifier: Apache-2.0
package dev.bellhop.qga;

/**
 * A way to an agent other than a socket: a hypervisor keeps the agent's channel to itself, and passes on one request and its
 * reply. It makes sure that the reply belongs to the request, and sends nothing to a hanging agent that would act on it
 * later.
 *
 * <p>A {@link GuestAgent} makes one exchange at a time. {@link #close} may be called from any thread.
 */
public interface AgentExchange extends AutoCloseable {

    /** The size limit of a request, in bytes. */
    int largestRequest();

    /** The size limit of a reply, in bytes. */
    int largestReply();

    /**
     * Passes on a request and waits for the reply until the deadline. The reply comes from the guest and may be anything.
     *
     * @param request JSON, without a line feed
     * @throws ExchangeException if there is no reply, or the agent's error is known only as text
     */
    Answer exchange(byte[] request, Deadline deadline) throws ExchangeException;

    /** Lets go of everything. An exchange that is under way ends soon, by its deadline at the latest. */
    @Override
    void close();

    /** A reply. Close it once it is read: an exchange limits how many it holds. */
    interface Answer extends AutoCloseable {
        byte[] bytes();

        @Override
        void close();
    }
}
