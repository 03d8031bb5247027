"""`RLVRTrainer`: TRL's GRPO trainer with our rewards in, our advantages out, and every rollout recorded.

This is the only file that touches TRL's private methods. It overrides four: `_calculate_rewards` (rewards in, records
out), `_generate_and_score_completions` (advantages out, dead groups replaced), `_compute_loss` (the critic learns
beside the policy) and `_get_train_sampler` (no prompt is dropped). The policy's losses and generation are TRL's.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from accelerate.utils import gather_object
from torch.utils.data import Sampler
from trl import GRPOTrainer

from reasoners.algorithms.credit import outcome_advantages
from reasoners.algorithms.dynamic import PromptPool, live_groups, match_places, put_groups, tiny_spreads
from reasoners.algorithms.presets import AlgorithmError, dynamic_of, preset
from reasoners.algorithms.progress import ProgressSection
from reasoners.algorithms.settings import AlgorithmSection
from reasoners.critic import Critic
from reasoners.data import Example, prompt_tokens
from reasoners.diverged import DivergedError, dump_batch
from reasoners.policy import TrainerPolicy
from reasoners.probes import Probed, Prober, Trace, with_values
from reasoners.progress_credit import credited, figures
from reasoners.run_folder import Recorder
from reasoners.sampler import EveryPromptSampler
from reasoners.scoring import Scorer, totals_of
from rewards import Rollout, Source, Suite, Verdict

__all__ = ["DivergedError", "RLVRTrainer"]
TINY = 0.02
"""A spread of a live group's rewards below this share of the suite's span is told."""
SAMPLE_MEANS = ("grpo", "sapo", "dr_grpo", "luspo")
"""TRL's losses that divide by the number of samples; the others divide by that of the tokens in the loss."""


def total(**_: Any) -> list[float]:
    """Stand for the suite in TRL's list of reward functions; `_calculate_rewards` computes the values."""
    raise RuntimeError("RLVRTrainer scores with its suite, not through TRL's reward functions")


class RLVRTrainer(GRPOTrainer):  # type: ignore[misc]
    """GRPO and its relatives with a suite of verifiers.

    Args:
        suite: the rewards.
        examples: split ("train", "eval") -> the tasks; the datasets given to TRL hold `prompt` and `row`, the
            position in this list, so that a row's columns reach the rewards exactly as they were read.
        recorder: where rollouts and scores are written, all of them.
        formats: name -> regular expression searched in a completion; shares are logged, the first match recorded.
        max_masked_share: stop when a larger share of a step's samples is masked.
        algorithm: where advantages come from; without a name they are TRL's.
        critic_source: folder or hub id of the policy, whose trunk PPO's critic starts from.
        progress: forced answers along each training sample, and what is made of them.
        **kwargs: as for `trl.GRPOTrainer`.
    """

    def __init__(
        self,
        *,
        suite: Suite,
        examples: Mapping[str, Sequence[Example]],
        recorder: Recorder,
        formats: Mapping[str, str] | None = None,
        max_masked_share: float = 0.2,
        algorithm: AlgorithmSection | None = None,
        critic_source: str = "",
        progress: ProgressSection | None = None,
        **kwargs: Any,
    ) -> None:
        self.suite, self.examples, self.recorder = suite, examples, recorder
        self.algorithm = algorithm or AlgorithmSection()
        found = preset(self.algorithm)
        self.credit = found.credit if found else None
        self.dynamic = dynamic_of(self.algorithm)
        self.turn = 0  # how often this step's generation batch was sampled anew
        self.batch: Mapping[str, Any] = {}  # the micro-batch last learned from
        self.totals = torch.empty(0)  # of the last batch scored, over all ranks; NaN where masked
        super().__init__(reward_funcs=[total], **kwargs)
        self.scorer = Scorer(
            suite,
            recorder,
            self.accelerator,
            formats=formats or {},
            max_masked_share=max_masked_share,
            enders={*self.eos_token_ids, self._tokenizer.pad_token_id},
            length=self._prompt_tokens,
            tools=bool(self.tools),
        )
        self.carried = self.scorer.carried
        self.pool = PromptPool(len(examples["train"]), self.args.seed, self.dynamic.pool)
        self._check_groups()
        policy = TrainerPolicy(self, self._tokenizer)
        self.prober = Prober(progress, suite, policy) if progress is not None else None
        self.probed: list[Probed] = []  # of the last training batch scored
        self.critic = self._make_critic(critic_source) if self.credit == "critic" else None

    def _make_critic(self, source: str) -> Critic:
        args = self.args
        return Critic(
            self.algorithm,
            source,
            self.accelerator,
            lora=self.model.peft_config["default"] if hasattr(self.model, "peft_config") else None,
            dtype=str(self.model.dtype).removeprefix("torch."),
            checkpointing=args.gradient_checkpointing,
            max_grad_norm=args.max_grad_norm,
            batch_size=args.per_device_train_batch_size,
            tokenizer=self._tokenizer,
        )

    def _check_groups(self) -> None:
        """Refuse what needs a prompt's samples on one rank where they are spread over several."""
        args = self.args
        local = args.per_device_train_batch_size * args.steps_per_generation
        if (self.credit == "greedy" or self.dynamic.budget) and local % self.num_generations:
            raise AlgorithmError(
                f"each process generates {local} samples (trl.per_device_train_batch_size x steps_per_generation), "
                f"no multiple of trl.num_generations = {self.num_generations}; "
                "a greedy baseline and dynamic sampling need whole groups."
            )

    def _get_train_sampler(self, dataset: Any = None) -> Sampler[int]:
        args = self.args
        return EveryPromptSampler(
            size=len(dataset if dataset is not None else self.train_dataset),
            group=self.num_generations,
            chunk=args.generation_batch_size // self.num_generations,
            repeats=self.num_iterations * args.steps_per_generation,
            shuffle=self.shuffle_dataset,
            seed=args.seed,
        )

    def _calculate_rewards(
        self,
        inputs: list[Any],
        prompts: list[Any],
        completions: list[Any],
        completion_ids_list: list[list[int]],
    ) -> torch.Tensor:
        split = "train" if self.model.training else "eval"
        examples = [self.examples[split][row["row"]] for row in inputs]
        rollouts = self.scorer.rollouts(self._source(split), examples, completions, completion_ids_list)
        if split == "train" and self.prober is not None:
            rollouts = self._probe(self.prober, rollouts, prompts, completion_ids_list)
        size = self.num_generations if split == "train" else self.num_generations_eval
        records = self.scorer.judge(rollouts, size, self._share_done)
        self._log_figures(split, self.scorer.figures(records, size))
        verdicts = [record.verdict for record in records]
        self.scorer.guard(verdicts)
        self.totals = self._gathered(totals_of(records))
        if split == "train" and self.dynamic.budget:
            self.pool.update(self._solved(inputs, verdicts))
        if split == "train" and self._scaled:
            tiny = tiny_spreads(self.totals, size, TINY * self.suite.span)
            self._log_figures("train", {"groups/tiny_spread": tiny})
        return self.totals.unsqueeze(1)

    @property
    def _share_done(self) -> float:
        """The share of the run's optimizer steps that are done, for schedules."""
        done: float = self.state.global_step / max(self.state.max_steps, 1)
        return min(1.0, done)

    @property
    def _scaled(self) -> bool:
        """Whether advantages are divided by their group's standard deviation, however small."""
        by_group = self.scale_rewards == "group" and self.num_generations > 1
        return by_group and self.credit in (None, "group_mean") and not self.algorithm.std_floor

    def _generate_and_score_completions(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        training, self.turn = self.model.training, 0
        try:
            output = self._credited(inputs) if training else super()._generate_and_score_completions(inputs)
        except RuntimeError as error:
            if "probability tensor contains" not in str(error):
                raise
            raise self.diverged("the model's probabilities are no numbers") from error
        return self._without_dead_groups(inputs, output) if training and self.dynamic.budget else output

    def _probe(
        self, prober: Prober, rollouts: list[Rollout], prompts: list[Any], completion_ids: list[list[int]]
    ) -> list[Rollout]:
        """Estimate each sample's chance of success along its thought; return the rollouts with the values."""
        prompt_ids, _, _ = self._tokenize_prompts(prompts)
        traces = [Trace(*t) for t in zip(rollouts, map(list, prompt_ids), completion_ids, strict=True)]
        self.probed = prober.probe(traces)
        self._log_figures("train", figures(gather_object(self.probed), gather_object([prober.cost])))
        return [with_values(r, p) for r, p in zip(rollouts, self.probed, strict=True)]

    def continuations(self, prompts: list[list[int]], max_tokens: int, temperature: float) -> list[list[int]]:
        """Return one sampled continuation of each prompt, all of them token ids."""
        with self._sampling(temperature, max_tokens):
            ids: list[list[int]] = self._generate_single_turn(prompts, None, {}, 1)[0]
        return ids

    def log_probabilities(self, ids: torch.Tensor, mask: torch.Tensor, last: int) -> torch.Tensor:
        """Return (rows, last) log-probabilities of the last tokens, without gradient, on the CPU."""
        device, size = self.accelerator.device, self.args.per_device_train_batch_size
        with torch.no_grad():
            found = self._get_per_token_logps_and_entropies(
                self.model, ids.to(device), mask.to(device), last, size
            )
        logps: torch.Tensor = found[0].float().cpu()
        return logps

    def _credited(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        """Return TRL's generation batch with the algorithm's advantages and what progress adds to them."""
        output = self._outcome_credited(inputs)
        if self.prober is not None:
            first, width = self.accelerator.process_index * len(inputs), output["completion_ids"].shape[1]
            mine = self.totals[first : first + len(inputs)]
            output["advantages"] = credited(
                output["advantages"], mine, self.probed, self.prober.section, width
            )
        return output

    def _outcome_credited(self, inputs: list[dict[str, Any]]) -> dict[str, Any]:
        """Return TRL's generation batch with the algorithm's advantages."""
        output: dict[str, Any] = super()._generate_and_score_completions(inputs)
        self._leave_out_masked(output)
        credit = self.credit or ("group_mean" if self.algorithm.std_floor else None)
        if credit is None:
            return output
        first = self.accelerator.process_index * len(inputs)
        if credit == "critic":
            assert self.critic is not None
            self.critic.assign(output, self.totals[first : first + len(inputs)], self._kl_in_reward)
            self._log_figures("train", self.critic.metrics)
            return output
        written = output["completion_mask"] * output.get("tool_mask", 1)
        found = outcome_advantages(
            credit,
            self.totals,
            self.accelerator.gather(written.sum(dim=1)),
            self.num_generations,
            greedy=self._greedy_totals(inputs) if credit == "greedy" else None,
            std_floor=self.algorithm.std_floor,
            scale=self.scale_rewards != "none",
        )
        output["advantages"] = found[first : first + len(inputs)]
        return output

    def _leave_out_masked(self, output: dict[str, Any]) -> None:
        """Take masked samples out of the loss: KL and entropy have a gradient also where the advantage is 0."""
        mask = output["completion_mask"]
        first = self.accelerator.process_index * len(mask)
        output["judged"] = ~self.totals[first : first + len(mask)].isnan()
        output["completion_mask"] = mask * output["judged"].unsqueeze(1)
        self._count_items(output)

    def _count_items(self, output: dict[str, Any]) -> None:
        """Say what is in the loss, over all ranks: how many tokens, and which share of the samples."""
        mask = output["completion_mask"] * output.get("tool_mask", 1)
        output["num_items_in_batch"] = self.accelerator.gather(mask.sum()).sum()
        output["judged_share"] = self.accelerator.gather(output["judged"].float()).mean()

    @property
    def _kl_in_reward(self) -> float:
        return float(self.args.beta) if self.algorithm.kl == "reward" else 0.0

    def _compute_loss(self, model: Any, inputs: dict[str, Any]) -> torch.Tensor:
        self.batch = inputs
        if self.loss_type in SAMPLE_MEANS and "judged_share" in inputs:
            loss = self._loss_of_judged(model, inputs, inputs["judged_share"].clamp(min=1e-9))
        else:
            loss = self._policy_and_critic_loss(model, inputs)
        if not bool(torch.isfinite(loss)):
            raise self.diverged(f"the loss is {loss.item()}")
        return loss

    def _loss_of_judged(self, model: Any, inputs: dict[str, Any], share: torch.Tensor) -> torch.Tensor:
        """Return a loss that TRL means over all samples as a mean over those judged, a share of them."""
        if not (self._entropy_bonus_enabled or self.aux_loss_enabled):
            return self._policy_and_critic_loss(model, inputs) / share
        # These terms are added to it and no means over samples. It is linear in the advantages and in the KL's weight.
        weighed = {**inputs, "advantages": inputs["advantages"] / share}
        return self._policy_and_critic_loss(model, weighed, kl_weight=1 / float(share))

    def diverged(self, what: str) -> DivergedError:
        """Write down the batch last learned from; return the error that ends the run."""
        step = self.state.global_step
        path = dump_batch(Path(self.args.output_dir).parent, step, self.batch)
        return DivergedError(
            f"step {step}: {what}; training has diverged. The batch last learned from is in {path}; no checkpoint was "
            "saved after it, but those before it may be bad already. Lower trl.learning_rate or trl.max_grad_norm."
        )

    def _policy_and_critic_loss(
        self, model: Any, inputs: dict[str, Any], kl_weight: float = 1.0
    ) -> torch.Tensor:
        learns = self.critic is not None and self.model.training
        self.beta = 0.0 if learns and self.algorithm.kl != "loss" else self.args.beta * kl_weight
        try:
            loss: torch.Tensor = super()._compute_loss(model, inputs)
        finally:
            self.beta = self.args.beta
        if self.critic is None or not learns:
            return loss
        # As in TRL's token-mean losses: tokens of a generation batch, brought down to one optimizer step of this rank.
        tokens = inputs["num_items_in_batch"].clamp(min=1.0) / self.accelerator.num_processes
        window = tokens * self.current_gradient_accumulation_steps / self.args.steps_per_generation
        figures = self.critic.learn(
            inputs, window, self.accelerator.sync_gradients, at=self.state.global_step
        )
        # Each micro-batch gives its part of the step's mean, and TRL logs the mean of the parts.
        figures["critic/loss"] *= self.current_gradient_accumulation_steps
        self._log_figures("train", figures)
        return loss * 0.0 if self.warming_up else loss

    @property
    def warming_up(self) -> bool:
        """Whether only the critic learns yet."""
        return self.critic is not None and self.state.global_step < self.algorithm.value_warmup

    def _greedy_totals(self, inputs: list[dict[str, Any]]) -> torch.Tensor:
        """Return the total of each prompt's greedy completion, over all ranks; they are recorded as `greedy`."""
        rows = inputs[:: self.num_generations]
        completions, ids = self._greedy_completions([row["prompt"] for row in rows])
        examples = [self.examples["train"][row["row"]] for row in rows]
        rollouts = self.scorer.rollouts(self._source("greedy"), examples, completions, ids)
        found = self._gathered(totals_of(self.scorer.judge_baseline(rollouts, self._share_done)))
        self._log_figures("train", {"greedy/reward": found.nanmean().item()})
        return found

    def _greedy_completions(self, prompts: list[Any]) -> tuple[list[Any], list[list[int]]]:
        prompt_ids, images, fields = self._tokenize_prompts(prompts)
        with self._sampling(0.0):
            ids, _ = self._generate_single_turn(prompt_ids, images, fields, 1)
        texts = self.processing_class.batch_decode(ids, skip_special_tokens=True)
        chat = not isinstance(prompts[0], str)
        return [[{"role": "assistant", "content": t}] if chat else t for t in texts], ids

    @contextmanager
    def _sampling(self, temperature: float, max_tokens: int | None = None) -> Iterator[None]:
        """Sample at another temperature (0 = greedy) and length for a while, on either back-end."""
        most = self.max_completion_length if max_tokens is None else max_tokens
        if self.use_vllm:
            engine: dict[str, Any] = self.vllm_generation.__dict__
            before = {name: engine[name] for name in ("temperature", "max_completion_length")}
            engine |= {"temperature": temperature, "max_completion_length": most}
            try:
                yield
            finally:
                engine |= before
            return
        settings: dict[str, Any] = self.__dict__
        before = {name: settings[name] for name in ("generation_config", "generation_kwargs")}
        settings |= copy.deepcopy(before)
        other: dict[str, Any] = {"max_new_tokens": most, "temperature": temperature}
        if temperature == 0:
            other |= {"do_sample": False, "temperature": None, "top_p": None, "top_k": None, "min_p": None}
        settings["generation_kwargs"].update(other)
        for name, value in other.items():
            setattr(settings["generation_config"], name, value)
        try:
            yield
        finally:
            settings |= before

    def _without_dead_groups(self, inputs: list[dict[str, Any]], output: dict[str, Any]) -> dict[str, Any]:
        """Put live groups of other prompts in the places of dead ones, within the budget."""
        size, count = self.num_generations, len(inputs) // self.num_generations
        rows = [inputs[g * size]["row"] for g in range(count)]
        used = set(gather_object(rows))
        alive = live_groups(self.totals, size)
        born, replaced = int((~alive).sum()), 0
        first = self.accelerator.process_index * count
        ranks = self.accelerator.num_processes
        while self.turn < self.dynamic.budget and not bool(alive.all()):
            drawn = self.pool.draw(count * ranks, used, self.state.global_step, self.turn + 1)
            each = len(drawn) // ranks
            if not each:
                break  # every prompt was tried in this step
            self.turn += 1
            drawn = drawn[: each * ranks]
            used |= set(drawn)
            mine = drawn[self.accelerator.process_index * each :][:each]
            fresh = [self.train_dataset[row] for row in mine for _ in range(size)]
            extra = self._credited(fresh)
            found = torch.zeros(ranks, count, dtype=torch.bool)
            found[:, :each] = live_groups(self.totals, size).view(ranks, each).cpu()
            places = match_places(alive, found.flatten(), count)
            local = [(a - first, b - first) for a, b in places if first <= a < first + count]
            put_groups(output, extra, local, size, self._tokenizer.pad_token_id)
            for place, _ in places:
                alive[place] = True
            replaced += len(places)
        self._count_items(output)
        spent = {"extra_batches": self.turn, "replaced": replaced, "dead_left": born - replaced}
        self._log_figures("train", {f"dynamic/{name}": float(value) for name, value in spent.items()})
        return output

    def _solved(self, inputs: list[dict[str, Any]], verdicts: list[Verdict]) -> dict[int, float]:
        """Return the share of right samples per prompt of the batch, over all ranks."""
        pairs = [
            (row["row"], v.correct) for row, v in zip(inputs, verdicts, strict=True) if v.correct is not None
        ]
        right: dict[int, list[bool]] = {}
        for row, correct in gather_object(pairs):
            right.setdefault(row, []).append(bool(correct))
        return {row: sum(found) / len(found) for row, found in right.items()}

    def _prompt_tokens(self, example: Example) -> int:
        template = {"chat_template": self.chat_template, **self.chat_template_kwargs}
        return prompt_tokens(example, self._tokenizer, self.tools or None, template)

    def _gathered(self, totals: list[float]) -> torch.Tensor:
        """Return every rank's totals, in order."""
        local = torch.tensor(totals, dtype=torch.float32, device=self.accelerator.device)
        found: torch.Tensor = self.accelerator.gather(local)
        return found

    def _log_figures(self, split: str, found: Mapping[str, float]) -> None:
        """Add figures to TRL's metrics of this step."""
        for name, value in found.items():
            self._metrics[split][name].append(value)

    def _source(self, split: str) -> Source:
        args = self.args
        return Source(
            run=args.run_name or "",
            model=self.recorder.model,
            split=split,
            step=self.state.global_step,
            epoch=int((self.state.epoch or 0.0) + 1e-6),
            seed=args.seed,
            sampling={"temperature": args.temperature, "top_p": args.top_p, "top_k": args.top_k},
        )
