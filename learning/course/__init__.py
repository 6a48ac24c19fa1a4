"""The course: lessons as data, one engine, real messages.

| module      | what it is                                                                                      |
|-------------|-------------------------------------------------------------------------------------------------|
| `lesson`    | what lessons are made of: Lesson, and the steps Say, Look, Predict, Run, Quiz, Break, Write     |
| `lessons/`  | one file per lesson, each defines LESSON; adding a lesson is adding a file                      |
| `claims`    | what a lesson claims of real messages (Seen, InOrder) and of what we keep (Stored)              |
| `acts`      | what lessons let happen, by name                                                                |
| `letters`   | messages that learners write: `check` at the field, `send_as_cpo`, `send_as_emsp`               |
| `engine`    | begin, submit, perform, go_on, leave, progress: start there                                     |
| `views`     | runs, steps and attempts as JSON for whoever draws them: `show(run, after=id)`                  |
| `exchanges` | the messages of a run, from the journal: Traffic, `of`, `changes`                               |
| `sandbox`   | a party of its own for each run: opened, and wiped out again                                    |
| `auto`      | every lesson played without a human                                                             |
"""
