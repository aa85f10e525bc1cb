/** What the tables count, and what they do not. */
export const notes = `A case is one run of one fault: at the first, a middle or the last call of an operation, met by one call (*once*) or by every
call there until the run has ended (*for good*), on a first load or over a baseline after which resources came, went and changed. It runs
through the worker's code over Postgres with forced row-level security, Redis and sealed credentials, for the evidence types that make the
call; back-off is shortened and waits are skipped. Afterwards the fault is lifted and the integration synced until everything is true again.

- *true*: the ledger holds the world, whole. *gap*: what is not known is told as a gap, and what rests on it is unknown. *error*: the run
  failed and says why.
- *verdict*: a finding or verdict that is neither the true one nor unknown. *retired*: an existing resource was ended. *untold*: a resource is
  missing, or another than the true one, and nothing says so (on a re-sync: a resource of the baseline). *claimed*: a slice is called complete though something is missing. *leaked*: a
  call reached another host. *hung*: no end within 90 s, or a sleep of more than 25 hours. *memory*: the process held more than 512 MB.
  *unhealed*: not whole three runs after the fault was lifted.
- A field that GitHub tells owners only is null for anybody else; such a row counts as one that says what it does not know.
- Limits: a list that is wrong and well formed is injected where it is a list of resources or where its silence is read as a statement (the
  members without a second factor, the owners), not where it is one field of one resource (the reviews of one pull request, the rules of one
  branch, the devices of one user): such an answer is whole by its own account, and no reader of one source can tell. A list that stays wrong
  in the same way over two complete passes is believed, as [the rule of absence](architecture.md#how-an-absence-is-proven) says; here it
  stays wrong for one. A newcomer that one listing leaves out, where the provider states no total, appears in the next. The simulators speak http on loopback, so "to http" is another origin of the same host there.`;
