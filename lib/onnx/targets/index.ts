export { installedTarget } from './installed_target';
export { profileOf, TARGETS } from './profiles';
export type { Target, TargetProfile } from './target_profile';
