/** One server-sent event, as it was sent. */
interface HeardEvent {
  readonly id: string;
  readonly event: string;
  readonly data: ReturnType<typeof JSON.parse>;
}

interface Listening {
  readonly status: number;
  /** The next event; null: the stream has ended. */
  next(): Promise<HeardEvent | null>;
  /** Hangs up. */
  stop(): Promise<void>;
}

/** Follows a stream of events over a real connection. */
export async function listenToEvents(url: string, headers: Record<string, string>): Promise<Listening> {
  const response = await fetch(url, { headers });
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = '';
  return {
    status: response.status,
    async next() {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end >= 0) {
          const block = text.slice(0, end);
          text = text.slice(end + 2);
          const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
          if (field('data') !== '') return { id: field('id'), event: field('event'), data: JSON.parse(field('data')) };
          continue;
        }
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
        if (done) return null;
        text += decoder.decode(value, { stream: true });
      }
    },
    stop: async () => void (await reader?.cancel()),
  };
}
