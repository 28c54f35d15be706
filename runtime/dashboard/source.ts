/** What a page looks at: a cluster that lives, or a run that is over and can be stepped through. */
import type { ClusterClient } from '../node/commands/client.ts'
import type { Desk } from './desk.ts'
import { Feed } from './feed.ts'
import { answer } from './questions.ts'
import type { AnswerToPage, FromServer, Question } from './talk.ts'

export interface PageSource {
  /** Of a run that can be stepped through: how many steps it has. */
  readonly steps?: number
  /** Begins to tell a page what there is. @returns how to stop */
  tell(say: (message: FromServer) => void): () => void
  answer(question: Question): Promise<AnswerToPage>
  close(): void
}

export function sourceOfCluster(client: ClusterClient, desk: Desk): PageSource {
  const feed = new Feed(client)
  return {
    tell: (say) => feed.tell(say),
    answer: (question) => answer(client, question, desk),
    close: () => {
      feed.close()
    },
  }
}
